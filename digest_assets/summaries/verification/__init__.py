"""Whether a summary's numbers and sentences stand in the paper's text."""
