"""Extractive summarization and overviews: the papers' own sentences, without a model."""
