"""What people read: the five reports, the site, feeds and deliveries."""
