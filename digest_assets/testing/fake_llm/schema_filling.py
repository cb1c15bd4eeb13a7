"""What the fake LLM answers: an instance of the requested JSON schema, made of the prompt's own sentences."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+")
_FENCE = re.compile(r"<(?P<name>[a-z]+-[0-9a-f]{8,})[^>]*>(?P<text>.*?)</(?P=name)>", re.DOTALL)
_NUMBERED = re.compile(r"\[#(?P<number>\d+)\] (?P<sentence>[^\n]+?)(?= ?(?:\[#\d+\] |\n|$))")
_PAPER_ID = re.compile(r'<paper id="([^"]+)"')


def count_tokens(text: str) -> int:
    """Roughly what a tokenizer counts: a token for four ASCII characters, or for one other."""
    others = len(text) - len(text.encode("ascii", "ignore"))
    return (len(text) - others) // 4 + others + 1


def fill_schema(schema: Mapping[str, Any], prompt: str, *, first_schema_only: bool = False) -> Any:
    """An instance of the JSON schema, made of sentences that stand in the prompt's fenced text."""
    return _Filler(schema, prompt, first_schema_only).build_value(schema, "")


class _Filler:
    def __init__(self, root: Mapping[str, Any], prompt: str, first_schema_only: bool) -> None:
        self._root = root
        fenced = "\n\n".join(match["text"] for match in _FENCE.finditer(prompt))
        # Headings, marks and the line with the title are no sentences.
        lines = (line for line in (fenced or prompt).splitlines() if not re.match(r"#|<|Title:", line))
        text = "\n".join(lines)
        if _NUMBERED.search(text):
            parts = (f"{match['sentence'].strip()} [#{match['number']}]" for match in _NUMBERED.finditer(text))
        else:
            parts = (part.strip() for line in text.splitlines() for part in _SENTENCE_END.split(line))
        self._sentences = [part for part in parts if len(part) > 20] or ["The text says nothing."]
        self._numbers = [sentence for sentence in self._sentences if re.search(r"\d", sentence)] or self._sentences
        self._ids = list(dict.fromkeys(_PAPER_ID.findall(prompt)))
        instruction = prompt.rsplit("</", 1)[-1]
        words = set(re.findall(r"\w+", instruction))
        self._asked_for = set() if first_schema_only else words
        self._chinese = "Chinese" in words

    def build_value(self, schema: Mapping[str, Any], path: str) -> Any:
        if "$ref" in schema:
            return self.build_value(self._root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], path)
        if "enum" in schema or "const" in schema:
            return schema.get("const", (schema.get("enum") or [None])[0])
        if "anyOf" in schema:
            options = [self._resolve_reference(option) for option in schema["anyOf"] if option.get("type") != "null"]
            choice = next((option for option in options if option.get("title") in self._asked_for), options[0])
            return self.build_value({"description": schema.get("description", ""), **choice}, path)
        kind = schema["type"]
        if kind == "object":
            return {name: self.build_value(inner, f"{path}.{name}") for name, inner in schema["properties"].items()}
        if kind == "array":
            item = self._resolve_reference(schema["items"])
            if "paper" in item.get("properties", {}):
                return [
                    {**self.build_value(item, f"{path}.{place}"), "paper": id_} for place, id_ in enumerate(self._ids)
                ]
            if path.endswith(".papers"):
                return [self._ids[hash_to_int(path) % len(self._ids)]] if self._ids else []
            return [self.build_value(item, f"{path}.{place}") for place in range(max(2, schema.get("minItems", 2)))]
        if kind in ("integer", "number"):
            low, high = int(schema.get("minimum", 0)), int(schema.get("maximum", 10))
            return low + hash_to_int(path + self._sentences[0]) % (high - low + 1)
        if kind == "boolean":
            return False
        return self._build_text(path, str(schema.get("description", "")))

    def _resolve_reference(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._root["$defs"][schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema

    def _build_text(self, path: str, description: str) -> str:
        if path.endswith(".paper"):
            return self._ids[0] if self._ids else ""
        if path.endswith("evidence"):
            # The number of the sentence that the finding beside it repeats; where none are numbered, another's words.
            cited = re.search(r"\[#\d+\]$", self._choose_sentence(path.replace("evidence", "finding0"), self._numbers))
            return cited[0] if cited else self._choose_sentence(path, self._sentences)
        many = 4 if "paragraph" in description else 1
        numeric = any(word in path for word in ("result", "finding", "ablation", "summary"))
        chosen = [
            self._choose_sentence(f"{path}{place}", self._numbers if numeric else self._sentences)
            for place in range(many)
        ]
        return " ".join(f"本文指出:{sentence}" if self._chinese else sentence for sentence in chosen)

    def _choose_sentence(self, path: str, sentences: list[str]) -> str:
        return sentences[hash_to_int(path) % len(sentences)]


def extract_schema(prompt: str) -> dict[str, Any]:
    """The JSON schema that a prompt for JSON mode carries."""
    match = re.search(r"JSON schema[^{]*(?=\{)", prompt)
    if match is None:
        return {"type": "object", "properties": {}}
    schema: dict[str, Any] = json.JSONDecoder().raw_decode(prompt, match.end())[0]
    return schema


def count_common_characters(one: str, other: str) -> int:
    """The length of the longest beginning that both have."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def hash_to_int(text: str) -> int:
    """A number that follows from the text alone, in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
