"""Loopback servers, a stand-in model and sample papers, for the demo, tests and benchmarks."""
