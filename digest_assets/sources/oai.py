"""Client of arXiv's OAI-PMH: the records that changed between two dates, in the form `arXivRaw`.

A record tells what the API does not: the history of versions, whether the newest is a withdrawal, and the licence. Its
datestamp is the last modification, whatever that was, so that it says nothing about what a mailing announced.
See https://info.arxiv.org/help/oa/index.html and https://www.openarchives.org/OAI/openarchivesprotocol.html.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from html import unescape

from lxml import etree

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.errors import TransientSourceError
from digest_assets.common.http import HttpSession, RetryableResponseError, format_user_agent, get_with_retries
from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import make_rate_limiter
from digest_assets.sources.xml import fold_white_space, parse_feed_document, read_text

MAX_AGE_DAYS = 90  # older days' papers have mostly been modified since, or are known
_DEADLINE_SHARE = 1 / 4  # of the usual deadline, for everything: a day is made without it too
_MAX_PAGES = 50  # of one archive: a day's records of `cs` are some thousands, a page has about a thousand
_MAX_CHARACTERS = 10_000  # of a title, an abstract or a comment, as of the API's
_MAX_VERSIONS = 1_000  # the most that a paper of arXiv has is under two hundred
_PHYSICS = (
    "astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin", "nucl-ex", "nucl-th",
    "physics", "quant-ph",
)  # fmt: skip
_VERSION = re.compile(r"v([1-9]\d{0,3})", re.ASCII)


@dataclass(frozen=True)
class OaiRecord:
    """A paper's record: its newest version, and when each version was submitted.

    Attributes:
        versions: The number of each with its time, where it has one.
        is_withdrawn: Whether the newest version is a withdrawal: arXiv keeps no file for it.
    """

    id: str
    versions: tuple[tuple[int, datetime | None], ...]
    title: str
    abstract: str
    comment: str | None
    categories: tuple[str, ...]
    license: str | None
    is_withdrawn: bool

    @property
    def version(self) -> int:
        """The newest version."""
        return max((number for number, _ in self.versions), default=1)


@dataclass(frozen=True)
class OaiPage:
    """A page of records, how many could not be read, and the token for the next page, if there is one."""

    records: tuple[OaiRecord, ...]
    unreadable: int = 0
    token: str = ""


def parse_oai_page(body: bytes) -> OaiPage:
    """The page; without records where the server has none. Raises `RetryableResponseError` for anything else."""
    document = parse_feed_document(body, "record")
    root = document.root
    if etree.QName(root).localname != "OAI-PMH":
        raise RetryableResponseError(f"a page of another kind (<{etree.QName(root).localname}>) where records belong")
    error = root.find("{*}error")
    if error is not None:
        if error.get("code") == "noRecordsMatch":
            return OaiPage(())
        raise RetryableResponseError(f"an error ({error.get('code')}: {fold_white_space(error.text)[:200]})")
    if root.find("{*}ListRecords") is None and not document.items:
        raise RetryableResponseError("an answer without records")
    found, unreadable = [], 0
    for item in document.items:
        record = None if item.element is None else _read_record(item.element)
        if record is not None:
            found.append(record)
        elif item.element is None or not _is_deleted(item.element):
            unreadable += 1
    return OaiPage(tuple(found), unreadable, _find_token(body))


def _find_token(body: bytes) -> str:
    """The token, found in the text: where one record is malformed, the document is no tree that holds it."""
    _, found, rest = body.rpartition(b"<resumptionToken")
    text = (rest if found else b"").partition(b">")[2].partition(b"<")[0]
    return unescape(text.decode("utf-8", "replace")).strip()


def _is_deleted(element: etree._Element) -> bool:
    header = element.find("{*}header")
    return header is not None and header.get("status") == "deleted"


def _read_record(element: etree._Element) -> OaiRecord | None:
    raw = element.find(".//{*}arXivRaw")
    if raw is None:
        return None
    try:
        paper = parse_arxiv_id((raw.findtext("{*}id") or "").strip())
    except ValueError:
        return None
    history = [item for item in raw.iterfind("{*}version") if _VERSION.fullmatch(item.get("version") or "")]
    numbered = {int((item.get("version") or "v1")[1:]): item for item in history[:_MAX_VERSIONS]}
    newest = numbered.get(max(numbered, default=0))
    texts = {name: read_text(raw, f"{{*}}{name}")[:_MAX_CHARACTERS] for name in _TEXTS}
    return OaiRecord(
        paper.id,
        tuple((number, _parse_time(numbered[number].findtext("{*}date"))) for number in sorted(numbered)),
        texts["title"],
        texts["abstract"],
        texts["comments"] or None,
        tuple(texts["categories"].split()),
        texts["license"] or None,
        # A withdrawal has no file: its size is nothing, and its type of source `I`, to be ignored.
        newest is not None and (newest.findtext("{*}source_type") == "I" or newest.findtext("{*}size") == "0kb"),
    )


_TEXTS = ("title", "abstract", "comments", "categories", "license")


def _parse_time(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime((text or "").strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def list_sets(categories: Sequence[str]) -> list[str]:
    """The sets that hold these categories: an archive each, since one of its categories alone saves few requests."""
    archives = dict.fromkeys(category.partition(".")[0] for category in categories)
    return [f"physics:{archive}" if archive in _PHYSICS else archive for archive in archives]


def fetch_records(settings: Settings, first: date, last: date) -> Iterator[OaiRecord]:
    """The records of the archives of our categories that were modified from `first` to `last`.

    The requests share the API's rate limit, and one deadline. Raises `SourceError`.
    """
    url = settings.environment.arxiv_oai_url
    assert url is not None, "whoever asks has looked whether there is an address"
    usual = settings.config.sources.timeouts
    timeouts = replace(usual, total_seconds=usual.total_seconds * _DEADLINE_SHARE)
    ends_at = time.monotonic() + timeouts.total_seconds
    rate_limiter = make_rate_limiter(settings, timeouts)
    with HttpSession({"User-Agent": format_user_agent(settings.config.contact)}) as session:
        for name in list_sets(settings.config.sources.arxiv.categories):
            parameters = {"metadataPrefix": "arXivRaw", "from": str(first), "until": str(last), "set": name}
            for _ in range(_MAX_PAGES):
                left = ends_at - time.monotonic()
                if left <= 0:
                    raise TransientSourceError(f"arXiv's OAI-PMH: not read within {timeouts.total_seconds:g} s")
                page = get_with_retries(
                    session,
                    str(url),
                    parse_oai_page,
                    source=f"arXiv's OAI-PMH, {name}",
                    timeouts=replace(timeouts, total_seconds=left),
                    parameters={"verb": "ListRecords", **parameters},
                    rate_limiter=rate_limiter,
                )
                yield from page.records
                if not page.token:
                    break
                parameters = {"resumptionToken": page.token}
            else:
                raise TransientSourceError(f"arXiv's OAI-PMH, {name}: more than {_MAX_PAGES} pages; try again later")
