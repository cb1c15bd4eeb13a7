"""The OpenAI-compatible engine, its ledger and its budget: for ranking and for summaries."""
