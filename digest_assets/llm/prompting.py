"""Prompt building: templates with shared rules, and the fence around material that is not to be trusted.

The material comes first and the instruction last, so that a second question about the same material begins with the
same bytes and hits the provider's cache. The material stands inside a fence whose name is a hash of the text, so
that no text can close it. The instructions themselves are templates in the folder `prompts` of the room that asks.
"""

import hashlib
from functools import lru_cache
from typing import Any

import jinja2

from digest_assets.config.fields import Language

LANGUAGES: dict[Language, str] = {"en": "English", "zh": "Simplified Chinese (简体中文)"}

_SHARED = ("_rules.jinja", "system.jinja")


class PromptTemplates:
    """The instructions of one room.

    Args:
        package: The room, like `digest_assets.summaries`.
        folder: Where the templates lie in it.
    """

    def __init__(self, package: str, folder: str = "prompts") -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.ChoiceLoader(
                [jinja2.PackageLoader(package, folder), jinja2.PackageLoader("digest_assets.llm", "prompts")]
            ),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - a prompt is no HTML
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._render = lru_cache(64)(self._render_anew)  # hundreds of papers are asked about in the same words

    def render_instruction(self, name: str, language: Language, **values: Any) -> str:
        """An instruction in a language."""
        return self._render(f"{name}.jinja", language=LANGUAGES[language], **values)

    def render_system(self) -> str:
        """The system message of every request."""
        return self._render("system.jinja")

    def _render_anew(self, file: str, **values: Any) -> str:
        return self._templates.get_template(file).render(**values).strip()

    def hash_template(self, name: str) -> str:
        """The hash of an instruction's template and of what all share: it changes when the words do."""
        sources = [self._source(part) for part in (f"{name}.jinja", *_SHARED)]
        return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:8]

    def _source(self, name: str) -> str:
        assert self._templates.loader is not None
        return self._templates.loader.get_source(self._templates, name)[0]


def build_prompt(material: str, instruction: str) -> str:
    """The user's message: the material, then the instruction."""
    return f"{material}\n\n{instruction}"


def fence(kind: str, text: str) -> str:
    """Untrusted text between two marks that it cannot contain."""
    mark = f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return f"<{mark}>\n{text}\n</{mark}>"


def format_papers(items: dict[str, str]) -> str:
    """Several texts by id, each between marks that none of them can fake: their angle brackets are replaced."""
    return "\n\n".join(
        f'<paper id="{id_}">\n{text.replace("<", "‹").replace(">", "›")}\n</paper>' for id_, text in items.items()
    )
