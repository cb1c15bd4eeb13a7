"""Files of a library, read: BibTeX, RIS and CSL-JSON, as reference managers export them; and files of marks."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.errors import ReportError

_MOST_BYTES = 100_000_000  # a library of fifty thousand papers with their abstracts
_IN_TEXT = re.compile(
    r"(?:arxiv(?:\.org/(?:abs|pdf|html)/|[:.\s])\s{0,3})(\d{4}\.\d{4,5}|[a-z-]{2,20}(?:\.[A-Z]{2})?/\d{7})",
    re.IGNORECASE,
)
_AND = re.compile(r"\sand\s")
_MARKUP = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,10}>|[{}]")  # tags of exports, and braces that keep capitals


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """A paper as a library has it."""

    key: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...] = ()


def read_library_file(path: Path) -> list[LibraryEntry]:
    """The papers of a file. Raises `ReportError` that names it, if it cannot be read."""
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None:
        raise ReportError(f"{path}: a library's file is one of {', '.join(_PARSERS)}")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ReportError(f"{path} is larger than {_MOST_BYTES:,} bytes")
        return drop_repeats(parse(path.read_text("utf-8-sig")))
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}") from error
    except ReportError:
        raise
    except Exception as error:  # whatever a parser says of a damaged file
        raise ReportError(f"{path} is not readable as {path.suffix.lower()}: {error}") from error


def drop_repeats(entries: Iterable[LibraryEntry]) -> list[LibraryEntry]:
    """Each paper once, by key; of several the one that says most."""
    found: dict[str, LibraryEntry] = {}
    for entry in entries:
        known = found.get(entry.key)
        if known is None or len(entry.abstract) > len(known.abstract):
            found[entry.key] = entry
    return [found[key] for key in sorted(found)]


def make_entry(
    title: str, abstract: str, authors: Iterable[str], places: Iterable[object], arxiv_id: str = ""
) -> LibraryEntry | None:
    """A paper from what a library says; None for an item without a title and an id, like a note.

    `places` are the fields in which an arXiv id may stand: addresses, numbers, the name of the journal.
    """
    title, abstract = _fold(title), _fold(abstract)
    names = tuple(name for name in map(_fold, authors) if name)
    id_ = _find_arxiv_id(arxiv_id, places)
    if not title and not id_:
        return None
    return LibraryEntry(id_ or _hash(title, names), title, abstract, names)


def _find_arxiv_id(given: str, places: Iterable[object]) -> str:
    texts = [given.strip(), *(match[1] for place in places if (match := _IN_TEXT.search(str(place or "")[:2_000])))]
    for text in texts:
        try:
            return parse_arxiv_id(text).id
        except ValueError:
            continue
    return ""


def _hash(title: str, authors: Iterable[str]) -> str:
    return hashlib.sha256("\0".join([title.casefold(), *authors]).encode()).hexdigest()[:16]


def _fold(text: object) -> str:
    return " ".join(_MARKUP.sub("", str(text or "")).split())


def _parse_bibtex(text: str) -> Iterator[LibraryEntry]:
    import bibtexparser  # a library alone needs it
    from bibtexparser.bparser import BibTexParser
    from bibtexparser.latexenc import latex_to_unicode

    parser = BibTexParser(common_strings=True, ignore_nonstandard_types=False, interpolate_strings=False)
    entries = bibtexparser.loads(text, parser=parser).entries
    if not entries and "@" in text:
        raise ValueError("no entry of it can be read")
    for item in entries:
        fields = {name.lower(): latex_to_unicode(value) for name, value in item.items() if isinstance(value, str)}
        eprint = fields.get("eprint", "") if _is_arxiv(fields) else ""
        places = [fields.get(name) for name in ("url", "doi", "journal", "howpublished", "note", "volume", "eprint")]
        names = _AND.split(fields.get("author", ""))
        if entry := make_entry(fields.get("title", ""), fields.get("abstract", ""), names, places, eprint):
            yield entry


def _is_arxiv(fields: Mapping[str, Any]) -> bool:
    kind = fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv"
    return str(kind).lower() == "arxiv"


def _parse_ris(text: str) -> Iterator[LibraryEntry]:
    import rispy

    for item in rispy.loads(text):
        names = [*(item.get("authors") or ()), *(item.get("first_authors") or ())]
        title = item.get("title") or item.get("primary_title") or ""
        places = [*(item.get("urls") or ()), item.get("doi"), item.get("number"), item.get("journal_name")]
        places += [item.get("secondary_title"), item.get("type_of_work"), item.get("notes")]
        abstract = item.get("abstract") or item.get("notes_abstract") or ""
        if entry := make_entry(title, abstract, dict.fromkeys(names), places):
            yield entry


def _parse_csl(text: str) -> Iterator[LibraryEntry]:
    items = json.loads(text)
    if isinstance(items, dict):  # as Zotero's API and Better CSL JSON wrap them
        items = items.get("items") or []
    if not isinstance(items, list):
        raise ValueError("a list of items is expected")
    for item in items:
        if isinstance(item, dict) and (entry := parse_csl_item(item)):
            yield entry


def parse_csl_item(item: Mapping[str, Any]) -> LibraryEntry | None:
    """A paper from a CSL-JSON item; None for what is no paper."""
    authors = item.get("author")
    names = [_join_name(author) for author in authors if isinstance(author, dict)] if isinstance(authors, list) else []
    places = [
        item.get(name) for name in ("URL", "DOI", "number", "container-title", "note", "archive_location", "source")
    ]
    if str(item.get("archive") or item.get("publisher") or "").lower() == "arxiv":
        places += [f"arXiv:{item.get('archive_location') or item.get('number') or ''}"]
    return make_entry(str(item.get("title") or ""), str(item.get("abstract") or ""), names, places)


def _join_name(author: Mapping[str, Any]) -> str:
    return str(author.get("literal") or f"{author.get('given') or ''} {author.get('family') or ''}")


_PARSERS: Mapping[str, Callable[[str], Iterator[LibraryEntry]]] = {
    ".bib": _parse_bibtex,
    ".ris": _parse_ris,
    ".json": _parse_csl,
}


def read_marks_file(path: Path, kinds: Iterable[str]) -> list[tuple[str, str]]:
    """The marks of a file as (id, kind), CSV with a heading or JSON as the site saves it.

    Raises `ReportError` that names the line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{path} cannot be read: {error}") from error
    if path.suffix.lower() == ".json":
        try:
            loaded = json.loads(text)
            rows = [(str(row["id"]), str(row["kind"])) for row in loaded]
        except (ValueError, TypeError, KeyError) as error:
            raise ReportError(f"{path}: a list of objects with `id` and `kind` is expected ({error})") from error
    else:
        reader = csv.DictReader(io.StringIO(text))
        if not {"id", "kind"} <= set(reader.fieldnames or ()):
            raise ReportError(f"{path}: its first line must name the columns id and kind")
        rows = [((row["id"] or "").strip(), (row["kind"] or "").strip()) for row in reader]
    marks = []
    for number, (id_, kind) in enumerate(rows, start=1):
        try:
            marks.append((parse_arxiv_id(id_).id, kind))
        except ValueError as error:
            raise ReportError(f"{path}, mark {number}: {error}") from None
        if kind not in kinds:
            raise ReportError(f"{path}, mark {number}: {kind!r} is none of {', '.join(kinds)}")
    return marks
