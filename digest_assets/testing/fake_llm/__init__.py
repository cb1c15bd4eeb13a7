"""A model endpoint on loopback that answers like OpenAI's."""

from digest_assets.testing.fake_llm.server import KEY, StandInModel

__all__ = ["KEY", "StandInModel"]
