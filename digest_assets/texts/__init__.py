"""Reading papers: arXiv's HTML, else the PDF, else the abstract, and why not more."""
