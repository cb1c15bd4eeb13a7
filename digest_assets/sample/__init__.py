"""The bundled sample days and the loopback server that serves them."""
