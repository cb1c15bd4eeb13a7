"""Papers that a run's config names: what a person wrote there, in words where it is wrong."""

from collections.abc import Sequence

from digest_assets.common.arxiv_ids import parse_written_ids
from digest_assets.common.errors import ConfigError


def parse_paper_choice(values: Sequence[object]) -> list[str]:
    """The ids of a run config's `only`, quoted or not. Raises `ConfigError` with the words to write."""
    try:
        return parse_written_ids(values)
    except ValueError as error:
        raise ConfigError(str(error)) from None
