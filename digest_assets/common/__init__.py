"""What every room may use: errors, ids, the calendar, locks, HTTP, files, Markdown."""
