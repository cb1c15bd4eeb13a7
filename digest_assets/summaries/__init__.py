"""What the papers say: validated profiles, written by a model or extracted, with every figure traced."""
