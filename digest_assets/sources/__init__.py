"""What was announced: arXiv's mailings and topics' queries, and Hugging Face's daily page."""
