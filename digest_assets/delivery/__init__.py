"""Editions brought to people: by e-mail, to chat rooms, to other programs; each once, and the files stay."""
