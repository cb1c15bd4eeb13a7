"""What is served over HTTP: the site and the reports, and the guard before everything that is."""
