"""What a model was found not to take or not to heed, by endpoint and model. Kept across runs.

The response formats, from the best to the last:

    shared_schema   one JSON schema for all reports that read a paper alike: it is what a provider caches
    own_schema      the response's own schema: for models that mix the schemas of a family up
    json_object     JSON mode, the schema as JSON in the prompt
    text            the prompt alone

Beside them stand the name of the parameter that caps an answer, and whether marks for the provider's cache and a system
message are taken.
The file lies in the data folder; without it, a run finds out again, for one call, or for those in flight at once.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from digest_assets.common.atomic_write import write_atomically
from digest_assets.common.locks import file_lock
from digest_assets.config.models import ModelConfig
from digest_assets.config.settings import Settings
from digest_assets.llm.prices import get_base_url

ResponseFormat = Literal["shared_schema", "own_schema", "json_object", "text"]
FORMATS: tuple[ResponseFormat, ...] = ("shared_schema", "own_schema", "json_object", "text")


class FormatMemory:
    """What is known of the models of one settings file, by the names that it gives them.

    Args:
        path: The file.
        find_model: The model of a name, with the endpoint that it is asked at.
    """

    def __init__(self, path: Path, find_model: Callable[[str], ModelConfig]) -> None:
        self._path = path
        self._find_model = find_model
        self._everything = _read(path)

    @classmethod
    def from_settings(cls, settings: Settings) -> "FormatMemory":
        """The memory of the data folder."""
        return cls(settings.data_dir / "model_formats.json", settings.config.summaries.find_model)

    def choose(self, model: str, best: ResponseFormat, *, shared: bool) -> ResponseFormat:
        """The best format, not above the given one, that the model is not known to refuse."""
        refused = self._get_entry(model).get("refused", [])
        candidates = FORMATS[FORMATS.index(best) :]
        if not shared:
            candidates = tuple(one for one in candidates if one != "shared_schema")
        return next((one for one in candidates if one not in refused), "text")

    def heeds_schemas(self, model: str) -> bool | None:
        """Whether the model was seen to answer in the schema that it got; None while nobody knows."""
        return self._get_flag(model, "heeds_schemas")

    def keeps_schemas_apart(self, model: str) -> bool | None:
        """Whether the model was seen to choose among several schemas as it is told; None while nobody knows."""
        return self._get_flag(model, "keeps_schemas_apart")

    def takes_cache_marks(self, model: str) -> bool:
        """Whether the endpoint was not seen to refuse marks for its cache."""
        return self._get_flag(model, "takes_cache_marks") is not False

    def takes_system_role(self, model: str) -> bool:
        """Whether the model was not seen to refuse a system message."""
        return self._get_flag(model, "takes_system_role") is not False

    def get_cap_name(self, model: str) -> str | None:
        """The parameter that caps an answer's length, where the usual one was refused."""
        name = self._get_entry(model).get("cap_name")
        return name if isinstance(name, str) else None

    def refuse(self, model: str, *formats: ResponseFormat) -> None:
        """Remember that the endpoint does not take these formats for this model."""
        refused = self._get_entry(model).get("refused", [])
        self.learn(model, refused=sorted({*refused, *formats}))

    def learn(self, model: str, **values: Any) -> None:
        """Remember something of a model, if it is new."""
        if self._get_entry(model).items() >= values.items():
            return
        endpoint, id_ = self._locate(model)
        with file_lock(self._path.with_suffix(".lock")):
            self._everything = _read(self._path)
            entries = self._everything.setdefault(endpoint, {})
            entries[id_] = {**entries.get(id_, {}), **values}
            text = json.dumps(self._everything, indent=1, sort_keys=True, ensure_ascii=False)
            write_atomically(self._path, text.encode())

    def _locate(self, model: str) -> tuple[str, str]:
        target = self._find_model(model)
        return get_base_url(target).rstrip("/"), target.model

    def _get_entry(self, model: str) -> dict[str, Any]:
        endpoint, id_ = self._locate(model)
        return self._everything.get(endpoint, {}).get(id_, {})

    def _get_flag(self, model: str, name: str) -> bool | None:
        value = self._get_entry(model).get(name)
        return value if isinstance(value, bool) else None


def _read(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
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
