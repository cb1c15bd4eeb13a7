"""Atom and JSON feeds of reports and topics, written beside the site's pages."""
