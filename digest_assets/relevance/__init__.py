"""Which papers are worth reading first: ranking by words, and by a language model."""
