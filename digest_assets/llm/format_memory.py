"""What a model was found not to take or not to heed, by endpoint and model: response formats. Kept across runs.

    shared_schema   one JSON schema for all reports that read a paper alike: it is what a provider caches
    own_schema      the response's own schema: for models that mix the schemas of a family up
    json_object     JSON mode, the schema as JSON in the prompt
    text            the prompt alone

The file lies in the data folder; without it, a run finds out again, for one call.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from digest_assets.common.atomic_write import write_atomically
from digest_assets.common.locks import file_lock
from digest_assets.config.settings import Settings

ResponseFormat = Literal["shared_schema", "own_schema", "json_object", "text"]
FORMATS: tuple[ResponseFormat, ...] = ("shared_schema", "own_schema", "json_object", "text")
_OFFICIAL = "https://api.openai.com/v1"


class FormatMemory:
    """The formats of one endpoint's models.

    Args:
        path: The file.
        endpoint: The endpoint's address.
    """

    def __init__(self, path: Path, endpoint: str) -> None:
        self._path = path
        self._endpoint = endpoint
        self._entries: dict[str, dict[str, Any]] = _read(path).get(endpoint, {})

    @classmethod
    def from_settings(cls, settings: Settings) -> "FormatMemory":
        """The memory of the configured endpoint."""
        endpoint = os.environ.get("OPENAI_BASE_URL", "").strip().rstrip("/") or _OFFICIAL
        return cls(settings.data_dir / "model_formats.json", endpoint)

    def choose(self, model: str, best: ResponseFormat, *, shared: bool) -> ResponseFormat:
        """The best format, not above the given one, that the model is not known to refuse."""
        refused = self._entries.get(model, {}).get("refused", [])
        candidates = FORMATS[FORMATS.index(best) :]
        if not shared:
            candidates = tuple(one for one in candidates if one != "shared_schema")
        return next((one for one in candidates if one not in refused), "text")

    def heeds_schemas(self, model: str) -> bool | None:
        """Whether the model was seen to answer in the schema that it got; None while nobody knows."""
        return self._get(model, "heeds_schemas")

    def keeps_schemas_apart(self, model: str) -> bool | None:
        """Whether the model was seen to choose among several schemas as it is told; None while nobody knows."""
        return self._get(model, "keeps_schemas_apart")

    def refuse(self, model: str, *formats: ResponseFormat) -> None:
        """Remember that the endpoint does not take these formats for this model."""
        refused = self._entries.get(model, {}).get("refused", [])
        self.learn(model, refused=sorted({*refused, *formats}))

    def learn(self, model: str, **values: Any) -> None:
        """Remember something of a model, if it is new."""
        entry = self._entries.get(model, {})
        if entry.items() >= values.items():
            return
        with file_lock(self._path.with_suffix(".lock")):
            everything = _read(self._path)
            self._entries = everything.setdefault(self._endpoint, {})
            self._entries[model] = {**self._entries.get(model, {}), **values}
            write_atomically(self._path, json.dumps(everything, indent=1, sort_keys=True, ensure_ascii=False).encode())

    def _get(self, model: str, name: str) -> bool | None:
        value = self._entries.get(model, {}).get(name)
        return value if isinstance(value, bool) else None


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if _is_wellformed(found) else {}


def _is_wellformed(found: Any) -> bool:
    return isinstance(found, Mapping) and all(
        isinstance(models, dict) and all(isinstance(entry, dict) for entry in models.values())
        for models in found.values()
    )
