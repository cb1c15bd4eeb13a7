"""A model endpoint on loopback that answers like OpenAI's: in this process or in one of its own."""
