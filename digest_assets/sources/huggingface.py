"""Client of Hugging Face's daily papers page.

`huggingface_hub`'s `list_daily_papers` drops what the API nests inside an entry's `paper` (code, keywords,
organisation, project page), so the same address is asked with the library's endpoint and token, and the entries are
read here, each by itself: a value that is null or of another type costs that value, and an entry without an arXiv id
that entry. See https://huggingface.co/docs/hub/api#papers.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from huggingface_hub import constants
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from digest_assets.common.arxiv_ids import parse_arxiv_id, parse_written_ids
from digest_assets.common.http import HttpSession, RetryableResponseError, Timeouts, get_with_retries
from digest_assets.config.settings import Settings
from digest_assets.sources.tables import HuggingFaceRow

_PER_REQUEST = 100  # the most that the API gives
_ROUND_SIZE = 10  # a server that gives less at once than asked gives a round number, so another part is asked for
_MAX_REQUESTS = 20  # 2,000 papers: the largest pages have about a hundred, so an API that never ends is cut here
_MAX_TEXT_CHARACTERS = 10_000  # five times the longest abstract
_MAX_ITEMS = 10_000  # authors or keywords: twice the longest list of authors
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # no text, and not all can be stored
# What an array's items are split by: strings, brackets, commas.
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}/\S{1,2000}", re.ASCII)  # `github.com/a/b`
_MAX_NESTING = 2  # of a name in its object: {"user": {"fullname": …}}
_MAX_DIGITS = 18  # of a whole number: what a column holds

# Where a value stands: in the entry's paper or, as in other years, in the entry itself. The first that is not null counts.
_NAMES = {
    "id": ("paper.id", "id"),
    "title": ("paper.title", "title"),
    "abstract": ("summary", "paper.summary"),
    "authors": ("paper.authors", "authors"),
    "published": ("paper.publishedAt", "publishedAt"),
    "upvotes": ("paper.upvotes", "upvotes"),
    "ai_summary": ("paper.ai_summary", "ai_summary"),
    "ai_keywords": ("paper.ai_keywords", "ai_keywords"),
    "code_url": ("paper.githubRepo", "githubRepo"),
    "code_stars": ("paper.githubStars", "githubStars"),
    "project_url": ("paper.projectPage", "projectPage"),
    "organization": ("paper.organization", "organization"),
    "submitted_by": ("submittedBy", "paper.submittedOnDailyBy"),
    "comments": ("numComments",),
}


def _fold_text(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)  # a title like 2048
    if not isinstance(value, str):
        return value
    return " ".join(_UNPRINTABLE.sub("", value[: 2 * _MAX_TEXT_CHARACTERS]).split())[:_MAX_TEXT_CHARACTERS]


def _pick_name(value: Any) -> Any:
    """The name of a user, an organisation or a keyword, which the API gives as a text or as an object of changing shape."""
    for _ in range(_MAX_NESTING):
        if isinstance(value, dict):
            value = next((value[key] for key in ("fullname", "fullName", "name", "user") if value.get(key)), None)
    return value


def _keep_link(value: Any) -> Any:
    """An address of the web, also where it lacks its scheme or stands in an object."""
    text = _fold_text(value.get("url") if isinstance(value, dict) else value)
    if not isinstance(text, str):
        return None
    return text if _ADDRESS.match(text) else f"https://{text}" if _BARE_ADDRESS.fullmatch(text) else None


def _list_names(value: Any) -> Any:
    """The names of a list, which holds texts or objects; those that are hidden are left out."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return value
    shown = [item for item in value[:_MAX_ITEMS] if not (isinstance(item, dict) and item.get("hidden"))]
    names = (_fold_text(_pick_name(item)) for item in shown)
    return tuple(name for name in names if isinstance(name, str) and name)


def _write_id(value: Any) -> Any:
    """An id as text, also where JSON took it for a number."""
    return parse_written_ids([value])[0] if isinstance(value, float) else value


def _to_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no time that a calendar has") from error


Text = Annotated[str, BeforeValidator(_fold_text)]
Name = Annotated[str | None, BeforeValidator(lambda value: _fold_text(_pick_name(value)))]
Link = Annotated[str | None, BeforeValidator(_keep_link)]
Names = Annotated[tuple[str, ...], BeforeValidator(_list_names)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class DailyPageEntry(BaseModel):
    """An entry of the page, in any of the shapes that the API has had since 2024."""

    id: Annotated[str, BeforeValidator(_write_id)]
    title: Text = ""
    abstract: Text = ""
    authors: Names = ()
    published: Annotated[datetime | None, AfterValidator(_to_utc)] = None
    upvotes: Count = 0
    ai_summary: Text | None = None
    ai_keywords: Names = ()
    code_url: Link = None
    code_stars: Count | None = None
    project_url: Link = None
    organization: Name = None
    submitted_by: Name = None
    comments: Count | None = None

    @field_validator("*", mode="wrap")
    @classmethod
    def _default_for_odd(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """The field's default in place of what is no such value, which is noted in the context's `problems`."""
        try:
            return handler(value)
        except ValidationError as error:
            name = info.field_name or ""
            if name == "id":
                raise
            (info.context or {}).setdefault("problems", []).append(f"{name}: {error.errors()[0]['msg']}")
            return cls.model_fields[name].default

    @classmethod
    def from_json(cls, entry: Any) -> tuple["DailyPageEntry", list[str]]:
        """The entry, and what is odd about it. Raises `ValueError` without an id."""
        if not isinstance(entry, dict):
            raise ValueError(f"no object but {type(entry).__name__}")
        values = {name: value for name, paths in _NAMES.items() if (value := _find_value(entry, paths)) is not None}
        problems: list[str] = [f"no {name}" for name in ("title", "abstract") if name not in values]
        try:
            return cls.model_validate(values, context={"problems": problems}), problems
        except ValidationError as error:
            raise ValueError(f"id: {error.errors()[0]['msg']}") from error

    def to_row(self, day: date, position: int, problems: Sequence[str] = ()) -> HuggingFaceRow:
        """The entry as a row. Raises `ValueError` if its id is not arXiv's."""
        values = self.model_dump() | {"id": parse_arxiv_id(self.id).id}
        return HuggingFaceRow(day=day, position=position, problems=tuple(problems), **values)


def _find_value(entry: Mapping[str, Any], paths: Sequence[str]) -> Any:
    for path in paths:
        outer, _, inner = path.rpartition(".")
        place = entry.get(outer) if outer else entry
        if isinstance(place, Mapping) and place.get(inner) is not None:
            return place[inner]
    return None


@dataclass(frozen=True)
class HuggingFacePage:
    """A day's page: its rows in order, how many requests it took, and entries left out as no arXiv papers."""

    rows: tuple[HuggingFaceRow, ...] = ()
    requests: int = 0
    skipped: tuple[str, ...] = ()


def fetch_daily_page(day: date, settings: Settings, timeouts: Timeouts | None = None) -> HuggingFacePage:
    """All papers of the day's page, in its order. Raises `SourceError`."""
    entries: list[Any] = []
    seen: set[str] = set()
    size = 0  # of a whole part, as this server gives it
    with HttpSession(build_hf_headers(library_name="digest-assets")) as session:
        for number in range(_MAX_REQUESTS):
            part = _fetch_entries(session, day, number, timeouts or settings.config.sources.timeouts)
            entries += part
            names = {_name_entry(entry) for entry in part}
            size = len(part) if number == 0 else size
            if names <= seen or len(part) < size or (size < _PER_REQUEST and size % _ROUND_SIZE):
                break
            seen |= names
    rows: dict[str, HuggingFaceRow] = {}
    skipped = []
    for entry in entries:
        try:
            parsed, problems = DailyPageEntry.from_json(entry)
            row = parsed.to_row(day, len(rows) + 1, problems)
        except ValueError as error:
            skipped.append(f"{_name_entry(entry)}: {error}")
            continue
        rows.setdefault(row.id, row)  # a page that grows while it is read shows a paper twice
    return HuggingFacePage(tuple(rows.values()), number + 1, tuple(skipped))


def _name_entry(entry: Any) -> str:
    """What to call an entry of any shape: its id, else its title, else how it begins."""
    if isinstance(entry, Mapping):
        entry = _find_value(entry, _NAMES["id"]) or _find_value(entry, _NAMES["title"]) or ", ".join(entry)
    return str(_fold_text(entry))[:60] if isinstance(entry, str | int | float) else f"a {type(entry).__name__}"


def _fetch_entries(session: HttpSession, day: date, number: int, timeouts: Timeouts) -> Sequence[Any]:
    # Not `constants.ENDPOINT`, which is fixed when the library is first imported.
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or constants.ENDPOINT
    return get_with_retries(
        session,
        f"{endpoint}/api/daily_papers",
        _parse_entries,
        source=f"Hugging Face's page of {day}",
        timeouts=timeouts,
        parameters={"date": str(day), "limit": _PER_REQUEST, "p": number},
    )


def _parse_entries(body: bytes) -> Sequence[Any]:
    text = body.decode(json.detect_encoding(body), "replace").strip()
    try:
        entries = _load_json(text)
    except (ValueError, RecursionError) as error:
        entries = _parse_entry_by_entry(text)
        if entries is None:
            raise RetryableResponseError(f"malformed JSON ({error})") from error
    if isinstance(entries, dict):  # an envelope around the list
        entries = next((value for value in entries.values() if _holds_papers(value)), entries)
    if not isinstance(entries, list):
        raise RetryableResponseError(f"JSON that is no list of papers ({text[:80]!r})")
    return entries


def _holds_papers(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, Mapping) and _find_value(one, _NAMES["id"]) for one in value)


def _load_json(text: str) -> Any:
    return json.loads(text, parse_int=_parse_int, parse_constant=lambda _: None)


def _parse_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None


def _parse_entry_by_entry(text: str) -> list[Any] | None:
    """The items of an array of which one is malformed or too deep, that one as its text; None if it is no whole array."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    depth, start, items = 0, 1, []
    for token in _JSON_TOKEN.finditer(text):
        sign = token[0]
        depth += sign in ("[", "{")
        depth -= sign in ("]", "}")
        if (sign == "," and depth == 1) or (sign == "]" and not depth):
            items.append(text[start : token.start()])
            start = token.end()
    if depth or start != len(text):
        return None
    return [_load_item(item) for item in items if item.strip()]


def _load_item(item: str) -> Any:
    try:
        return _load_json(item)
    except (ValueError, RecursionError):
        return item[:200]
