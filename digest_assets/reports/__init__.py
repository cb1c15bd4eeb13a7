"""The five reports and custom reports as Markdown, and exports. Site, feeds and deliveries are rooms of their own."""
