"""Summaries of papers and days, written by a model or extracted, sanitized and verified against the text read."""
