"""What the model is told: one Jinja template per profile, the paper fenced before it.

The paper comes first and the instruction last, so that a second question about the same paper begins with the same
bytes and hits the provider's cache. The paper is untrusted: it stands inside a fence whose name is a hash of the
text, so that no text can close it.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any

import jinja2

from digest_assets.config import Language
from digest_assets.texts.tables import Section

LANGUAGES: dict[Language, str] = {"en": "English", "zh": "Simplified Chinese (简体中文)"}

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("digest_assets.summaries", "prompts"),
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701 - a prompt is no HTML
    trim_blocks=True,
    lstrip_blocks=True,
)


def instruction(name: str, language: Language, **values: Any) -> str:
    """The instruction of a profile (or of `notes`, `overview`, `ranking`), rendered."""
    return _TEMPLATES.get_template(f"{name}.jinja").render(language=LANGUAGES[language], **values).strip()


def system() -> str:
    """The system message of every question."""
    return _TEMPLATES.get_template("system.jinja").render().strip()


def prompt(material: str, ask: str) -> str:
    """The user's message: the material, then the instruction."""
    return f"{material}\n\n{ask}"


def fenced(kind: str, text: str) -> str:
    """Untrusted text between two marks that it cannot contain."""
    mark = f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return f"<{mark}>\n{text}\n</{mark}>"


def paper_text(title: str, sections: Iterable[Section]) -> str:
    """A paper as the model sees it: its title, then its sections with what each is for."""
    parts = [f"Title: {title}"]
    for section in sections:
        heading = section.heading or section.role.replace("_", " ")
        parts.append(f"{'#' * max(section.level, 1)} {heading} [{section.role}]\n\n{section.text}")
    return "\n\n".join(parts)


@cache
def revision(name: str) -> str:
    """A prompt's revision: the hash of its template and of those that it is made of."""
    sources = [_source(part) for part in (f"{name}.jinja", "_rules.jinja", "system.jinja")]
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:8]


def _source(name: str) -> str:
    assert _TEMPLATES.loader is not None
    return _TEMPLATES.loader.get_source(_TEMPLATES, name)[0]
