"""Map-reduce for papers longer than a model's context: notes by part, merged by field, take the place of the text.

Every report's schema can be filled from the notes, and all reports that show a paper share them. What comes from where follows
meaning, not position: results come from parts that hold results sections, whatever part came last.
"""

from collections.abc import Iterable, Sequence

from pydantic import Field

from digest_assets.llm.requests import estimate_tokens
from digest_assets.summaries.citations import find_cited
from digest_assets.summaries.schemas import QUOTES, SummarySchema
from digest_assets.texts.tables import Role, Section


class Notes(SummarySchema):
    """What a part of a paper says."""

    problem: tuple[str, ...] = Field(description="Task, motivation and gaps of earlier work.")
    related_work: tuple[str, ...] = Field(description="Earlier works and what each cannot do.")
    method: tuple[str, ...] = Field(description="Core idea, steps, architecture, losses, training.")
    resources: tuple[str, ...] = Field(description="Cost, hardware, code, data and models that are available.")
    setup: tuple[str, ...] = Field(description="Datasets, metrics and baselines.")
    results: tuple[str, ...] = Field(description="Results with figures, units, data and baselines.")
    ablations: tuple[str, ...] = Field(description="What ablations show, with figures.")
    limitations: tuple[str, ...] = Field(description="Limitations and future work that the paper states.")
    conclusions: tuple[str, ...] = Field(description="Claims and what follows from them.")
    quotes: tuple[str, ...] = Field(description=QUOTES)


# Which sections speak with authority about a field; notes from parts without them count only if there are no others.
_AUTHORITATIVE_ROLES: dict[str, tuple[frozenset[Role], Role]] = {
    "problem": (frozenset({"abstract", "introduction"}), "introduction"),
    "related_work": (frozenset({"introduction", "related_work"}), "related_work"),
    "method": (frozenset({"method", "proof"}), "method"),
    "resources": (frozenset(), "method"),
    "setup": (frozenset({"results", "ablation"}), "results"),
    "results": (frozenset({"results", "ablation", "statement"}), "results"),
    "ablations": (frozenset({"ablation", "results"}), "ablation"),
    "limitations": (frozenset({"limitations", "conclusion"}), "limitations"),
    "conclusions": (frozenset({"abstract", "conclusion"}), "conclusion"),
    "quotes": (frozenset(), "other"),
}


def split_sections(sections: Sequence[Section], tokens: int) -> list[tuple[Section, ...]]:
    """The sections in parts of at most so many tokens, in order; a section that is longer is divided at paragraphs."""
    parts: list[list[Section]] = [[]]
    room = tokens
    for piece in (piece for section in sections for piece in _split_section(section, tokens)):
        size = estimate_tokens(piece.heading) + estimate_tokens(piece.text)
        if parts[-1] and size > room:
            parts.append([])
            room = tokens
        parts[-1].append(piece)
        room -= size
    return [tuple(part) for part in parts if part]


def merge_notes(notes: Iterable[tuple[Sequence[Section], Notes]], sentences: Sequence[str] = ()) -> tuple[Section, ...]:
    """The notes of all parts as sections, field by field, each from the parts that speak about it with authority.

    `sentences` are the paper's: what the notes quote by number is taken from there.
    """
    notes = [(part, note.model_copy(update={"quotes": _look_up(note.quotes, sentences)})) for part, note in notes]
    sections = []
    for field, (roles, role) in _AUTHORITATIVE_ROLES.items():
        authoritative = [note for part, note in notes if not roles or roles & {section.role for section in part}]
        statements = _collect_statements(field, authoritative) or _collect_statements(
            field, [note for _, note in notes]
        )
        if statements:
            text = "\n\n".join(statements)
            sections.append(Section(role=role, level=1, heading=f"Notes: {field.replace('_', ' ')}", text=text))
    return tuple(sections)


def _look_up(quotes: Sequence[str], sentences: Sequence[str]) -> tuple[str, ...]:
    """The quoted sentences with their numbers; a quote that gives its words instead stays as it is."""
    found: list[str] = []
    for quote in quotes:
        numbers = find_cited(quote)
        found += [f"[#{number}] {sentences[number - 1]}" for number in numbers if 0 < number <= len(sentences)]
        if not numbers:
            found.append(quote)
    return tuple(found)


def _collect_statements(field: str, notes: Iterable[Notes]) -> list[str]:
    return list(dict.fromkeys(statement for note in notes for statement in getattr(note, field)))


def _split_section(section: Section, tokens: int) -> list[Section]:
    if estimate_tokens(section.text) <= tokens:
        return [section]
    pieces: list[str] = []
    current: list[str] = []
    size = 0
    for paragraph in _split_paragraphs(section.text, tokens):
        length = estimate_tokens(paragraph)
        if current and size + length > tokens:
            pieces.append("\n\n".join(current))
            current, size = [], 0
        current.append(paragraph)
        size += length
    return [section.model_copy(update={"text": text}) for text in [*pieces, "\n\n".join(current)]]


def _split_paragraphs(text: str, tokens: int) -> Iterable[str]:
    """The paragraphs, one that is too long cut into runs of characters that surely fit."""
    for paragraph in text.split("\n\n"):
        if estimate_tokens(paragraph) <= tokens:
            yield paragraph
        else:
            yield from (paragraph[start : start + tokens] for start in range(0, len(paragraph), tokens))
