"""The day's papers: all sources merged by arXiv id, and who stands in which report."""
