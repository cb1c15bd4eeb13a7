"""What is worth reading first."""
