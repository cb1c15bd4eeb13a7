"""Settings keys of earlier releases: a file that has one still loads, with a warning that names the new key."""

import logging
from collections.abc import Iterator, Mapping, Sequence
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
    used = []
    for place, new in keys.items():
        *path, old = place
        name = ".".join(place).replace("*", "NAME")
        for holder in _find_holders(loaded, path):
            if old not in holder:
                continue
            if new in holder:
                raise ConfigError(f"{file}: {name} is now called {new}, and both are there: delete {old}")
            holder[new] = holder.pop(old)
            used.append(f"{name} is now called {new}")
    if used:
        _warn_once(f"{file}: {', '.join(dict.fromkeys(used))}: please rename")
    return loaded


def _find_holders(node: Any, path: Sequence[str]) -> Iterator[dict[Any, Any]]:
    """The mappings that stand at a place."""
    if not isinstance(node, dict):
        return
    if not path:
        yield node
        return
    for key in list(node) if path[0] == "*" else [path[0]]:
        yield from _find_holders(node.get(key), path[1:])


@cache  # a process reads its settings more than once
def _warn_once(message: str) -> None:
    logging.getLogger(__name__).warning(message)
