"""Summaries made of the paper's own sentences, without a model."""
