"""Rarity: how much it says that a claim and its source both have a word, by how few abstracts have it.

"Antenna" tells one paper from another, "improve" does not. Within one short text every word is rare, so the counts come
from many abstracts; `benchmarks.count_words` makes the file, `word_rarity.md` is its card.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources


def get_rarity(stem: str) -> float:
    """The bits that a word's stem is worth: 1 for what half of all abstracts have, 12 for what hardly one has."""
    table, unknown = _load()
    return table.get(stem, unknown)


@cache
def _load() -> tuple[Mapping[str, float], float]:
    raw = json.loads(resources.files(__package__).joinpath("word_rarity.json").read_text("utf-8"))
    table = {stem: float(bits) for bits, stems in raw["stems"].items() for stem in stems.split()}
    return table, raw["unknown"]
