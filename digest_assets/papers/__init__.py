"""The day's papers: all sources merged by arXiv id, one row a paper."""
