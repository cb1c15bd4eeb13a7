"""Delivery of editions by e-mail, to chat rooms and to other programs, each once. Reports and feeds are made before."""
