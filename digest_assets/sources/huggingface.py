"""Client of Hugging Face's daily papers page, through `huggingface_hub`.

The library's `list_daily_papers` drops what the API nests inside an entry's `paper` (code, keywords, organisation,
project page), so the same address is asked through the library's own session, token and endpoint, and the entries
are read here. See https://huggingface.co/docs/hub/api#papers.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from huggingface_hub import constants, get_session
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]
from pydantic import AfterValidator, AliasChoices, AliasPath, BaseModel, BeforeValidator, Field, ValidationError

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.http import RetryableResponseError, Timeouts, get_with_retries
from digest_assets.config.settings import Settings
from digest_assets.sources.tables import HuggingFaceRow

_PER_REQUEST = 100  # the most that the API gives
_MAX_REQUESTS = 20  # 2,000 papers: the largest pages have about a hundred, so an API that never ends is cut here


def _fold_white_space(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _pick_name(value: Any) -> Any:
    """The name of a user or organisation, which the API gives as an object of changing shape."""
    if isinstance(value, dict):
        return next((value[key] for key in ("fullname", "fullName", "name", "user") if value.get(key)), None)
    return value


def _keep_link(value: Any) -> Any:
    return value.strip() if isinstance(value, str) and value.strip().startswith(("https://", "http://")) else None


def _list_authors(value: Any) -> Any:
    if not isinstance(value, list):
        return ()
    shown = [author for author in value if isinstance(author, dict) and not author.get("hidden")]
    return tuple(_fold_white_space(author["name"]) for author in shown if author.get("name"))


def _to_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Text = Annotated[str, BeforeValidator(_fold_white_space)]
Name = Annotated[str | None, BeforeValidator(lambda value: _fold_white_space(_pick_name(value)))]
Link = Annotated[str | None, BeforeValidator(_keep_link)]


def _in_paper_or_entry(*names: str) -> AliasChoices:
    """A value of the entry's paper or, as in other years, of the entry itself."""
    return AliasChoices(*(path for name in names for path in (AliasPath("paper", name), name)))


class DailyPageEntry(BaseModel):
    """An entry of the page, in any of the shapes that the API has had since 2024."""

    id: str = Field(validation_alias=_in_paper_or_entry("id"))
    title: Text = Field("", validation_alias=_in_paper_or_entry("title"))
    abstract: Text = Field("", validation_alias=AliasChoices("summary", AliasPath("paper", "summary")))
    authors: Annotated[tuple[str, ...], BeforeValidator(_list_authors)] = Field(
        (), validation_alias=_in_paper_or_entry("authors")
    )
    published: Annotated[datetime | None, AfterValidator(_to_utc)] = Field(
        None, validation_alias=_in_paper_or_entry("publishedAt")
    )
    upvotes: int = Field(0, validation_alias=_in_paper_or_entry("upvotes"))
    ai_summary: Text | None = Field(None, validation_alias=_in_paper_or_entry("ai_summary"))
    ai_keywords: tuple[Text, ...] | None = Field(None, validation_alias=_in_paper_or_entry("ai_keywords"))
    code_url: Link = Field(None, validation_alias=_in_paper_or_entry("githubRepo"))
    code_stars: int | None = Field(None, validation_alias=_in_paper_or_entry("githubStars"))
    project_url: Link = Field(None, validation_alias=_in_paper_or_entry("projectPage"))
    organization: Name = Field(None, validation_alias=_in_paper_or_entry("organization"))
    submitted_by: Name = Field(
        None, validation_alias=AliasChoices("submittedBy", AliasPath("paper", "submittedOnDailyBy"))
    )
    comments: int | None = Field(None, validation_alias="numComments")

    def to_row(self, day: date, position: int) -> HuggingFaceRow:
        """The entry as a row. Raises `ValueError` if its id is not arXiv's."""
        values = self.model_dump() | {"id": parse_arxiv_id(self.id).id, "ai_keywords": self.ai_keywords or ()}
        return HuggingFaceRow(day=day, position=position, **values)


@dataclass(frozen=True)
class HuggingFacePage:
    """A day's page: its rows in order, how many requests it took, and entries that are no arXiv papers."""

    rows: tuple[HuggingFaceRow, ...] = ()
    requests: int = 0
    skipped: tuple[str, ...] = ()


def fetch_daily_page(day: date, settings: Settings, timeouts: Timeouts | None = None) -> HuggingFacePage:
    """All papers of the day's page, in its order. Raises `SourceError`."""
    entries: list[Any] = []
    for number in range(_MAX_REQUESTS):
        part = _fetch_entries(day, number, timeouts or settings.config.sources.timeouts)
        entries += part
        if len(part) < _PER_REQUEST:
            break
    rows: dict[str, HuggingFaceRow] = {}
    skipped = []
    for entry in entries:
        try:
            row = DailyPageEntry.model_validate(entry).to_row(day, len(rows) + 1)
        except ValueError as error:  # pydantic's errors are ValueErrors too
            skipped.append(_describe_problem(entry, error))
            continue
        rows.setdefault(row.id, row)  # a page that grows while it is read shows a paper twice
    return HuggingFacePage(tuple(rows.values()), number + 1, tuple(skipped))


def _fetch_entries(day: date, number: int, timeouts: Timeouts) -> Sequence[Any]:
    # Not `constants.ENDPOINT`, which is fixed when the library is first imported.
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or constants.ENDPOINT
    return get_with_retries(
        get_session(),
        f"{endpoint}/api/daily_papers",
        _parse_entries,
        source=f"Hugging Face's page of {day}",
        timeouts=timeouts,
        parameters={"date": str(day), "limit": _PER_REQUEST, "p": number},
        headers=build_hf_headers(library_name="digest-assets"),
    )


def _parse_entries(body: bytes) -> Sequence[Any]:
    try:
        entries = json.loads(body)
    except ValueError as error:
        raise RetryableResponseError(f"malformed JSON ({error})") from error
    if not isinstance(entries, list):
        raise RetryableResponseError(f"JSON that is no list of papers ({str(entries)[:80]!r})")
    return entries


def _describe_problem(entry: Any, error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        error = ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    return f"{str(entry)[:60]}…: {error}"
