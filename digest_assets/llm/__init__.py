"""The language model, asked through an OpenAI-compatible endpoint: by ranking and by summaries."""
