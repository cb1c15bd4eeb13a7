"""Settings keys of earlier releases: a file that has one still loads, with a warning that names the new key."""

import logging
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from digest_assets.common.errors import ConfigError

# The old key's place to the new key; `*` is any name.
RenamedKeys = Mapping[tuple[str, ...], str]
SETTINGS_KEYS: RenamedKeys = {
    ("sources", "patience_seconds"): "retry_deadline_seconds",
    ("delivery", "page_after_hours"): "hf_delay_hours",
}
CUSTOM_REPORT_KEYS: RenamedKeys = {
    ("papers", "like"): "based_on",
    ("fields", "*", "about"): "aspect",
}


def rename_old_keys(loaded: Any, file: str, keys: RenamedKeys) -> Any:
    """The contents of a settings file with the keys of today. Raises `ConfigError` where old and new both stand."""
    for place, new in keys.items():
        for holder, name in _find_holders(loaded, place[:-1]):
            old = place[-1]
            if old not in holder:
                continue
            if new in holder:
                raise ConfigError(f"{file}: {name}{old} is now called {new}, and both are there: delete {old}")
            _warn_once(file, f"{name}{old}", new)
            holder[new] = holder.pop(old)
    return loaded


def _find_holders(node: Any, place: tuple[str, ...], name: str = "") -> Iterator[tuple[dict[Any, Any], str]]:
    """The mappings at a place, each with the place's name and a dot."""
    if not isinstance(node, dict):
        return
    if not place:
        yield node, name
        return
    for key in list(node) if place[0] == "*" else [place[0]]:
        yield from _find_holders(node.get(key), place[1:], f"{name}{key}.")


@cache  # a process reads its settings more than once
def _warn_once(file: str, old: str, new: str) -> None:
    logging.getLogger(__name__).warning("%s: %s is now called %s: please rename it", file, old, new)
