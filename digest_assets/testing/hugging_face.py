"""Hugging Face's daily pages from the corpus of real days, as a `LoopbackServer` serves them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

Page = list[dict[str, Any]]


def corpus_pages(corpus: Path) -> dict[date, Page]:
    """The recorded pages by day, unchanged."""
    return {
        date.fromisoformat(path.stem): json.loads(path.read_text("utf-8"))
        for path in sorted((corpus / "hf").glob("*.json"))
    }
