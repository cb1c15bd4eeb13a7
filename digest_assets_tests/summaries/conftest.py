"""A loopback endpoint for the tests of the summaries."""

from digest_assets_tests.llm.conftest import endpoint

__all__ = ["endpoint"]
