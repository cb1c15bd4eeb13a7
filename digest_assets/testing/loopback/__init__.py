"""A server on loopback that answers like arXiv and Hugging Face, over a given collection of papers."""
