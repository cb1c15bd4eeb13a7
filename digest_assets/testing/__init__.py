"""What the demo, the tests and the benchmarks share: loopback servers, a fake LLM, papers and days to serve and store.

Packages of the `dev` extra are imported by modules alone that the demo (`sample`, `loopback`) does not import.
"""
