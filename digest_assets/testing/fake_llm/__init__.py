"""A model endpoint on loopback that answers like OpenAI's."""

from digest_assets.testing.fake_llm.server import API_KEY, FakeLLMServer

__all__ = ["API_KEY", "FakeLLMServer"]
