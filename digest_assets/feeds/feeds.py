"""Atom and JSON feeds: an item for each edition of a report, and for each paper of a topic.

Forms: RFC 4287 (https://www.rfc-editor.org/rfc/rfc4287) and https://www.jsonfeed.org/version/1.1/. Items are known by
ids that never change, and dated by when the day's mailing was out, so that the same days give the same bytes.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree

from digest_assets.common.atomic_write import write_whole
from digest_assets.common.mailings import Calendar
from digest_assets.common.markdown import fold, names
from digest_assets.config.reports import ReportName
from digest_assets.config.settings import Settings
from digest_assets.reports import snippets, urls
from digest_assets.reports.edition import Edition, Entry
from digest_assets.reports.load import newest_published
from digest_assets.reports.snippets import Links

_NAMESPACE = uuid.UUID("6d2f6f0e-3d1c-5b4b-9b53-8f6f6e0f2a11")
_ATOM = "http://www.w3.org/2005/Atom"
_PUBLISHER = "Digest of research papers"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a feed announces."""

    key: str
    title: str
    html: str
    published: datetime
    language: str
    url: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """An address that names it and leads nowhere."""
        return uuid.uuid5(_NAMESPACE, self.key).urn


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed, the newest items first.

    Args:
        path: Its file, relative to the site's folder, without ending.
        title: For people.
        items: What it announces; with one at least, or `updated`.
        site: Where the site is served, ending with a slash.
    """

    path: str
    title: str
    items: tuple[Item, ...] = field(default=())
    site: str | None = None

    @property
    def id(self) -> str:
        """An address that names it and leads nowhere."""
        return uuid.uuid5(_NAMESPACE, self.path).urn


def report_feed(report: ReportName, editions: Iterable[Edition], settings: Settings) -> Feed:
    """A report's editions, each an item with its papers in brief; an edition without papers is no news."""
    links = Links.of(settings)
    items = [
        Item(
            key=f"{report}/{edition.day}",
            title=snippets.headline(edition, settings),
            html=snippets.edition_html(edition, links),
            published=settings.calendar.released_at(edition.day),
            language=edition.language,
            url=links.report(report, edition.day),
        )
        for edition in editions
        if edition.entries
    ]
    return Feed(f"feeds/{report}", snippets.title_of(report, settings), _newest_first(items), links.site)


def topic_feed(topic: str, editions: Iterable[Edition], settings: Settings) -> Feed:
    """A topic's papers, each an item of the mailing that announced it, however many days show it."""
    links = Links.of(settings)
    items: dict[str, Item] = {}
    for edition in editions:
        for entry in (entry for part in edition.parts if part.name == topic for entry in part.entries):
            items.setdefault(entry.paper.id, _paper_item(topic, entry, edition, links, settings.calendar))
    return Feed(f"feeds/topics/{urls.slug(topic)}", topic, _newest_first(items.values()), links.site)


def feeds_of(editions: Sequence[Edition], settings: Settings) -> list[Feed]:
    """The feeds of all enabled reports and topics, made of these editions, the newest first."""
    choices = settings.config.reports
    by_report = {name: [edition for edition in editions if edition.report == name] for name in choices.enabled()}
    feeds = [report_feed(report, mine, settings) for report, mine in by_report.items()]
    if choices.topic_digest.enabled:
        topics = [topic.name for topic in choices.topic_digest.topics]
        feeds += [topic_feed(topic, by_report["topic_digest"], settings) for topic in topics]
    return feeds


def write_feeds(settings: Settings) -> list[Feed]:
    """Write the feeds of the newest days beside the site's pages. Raises `ReportError` when the disk does not take one."""
    newest = newest_published(settings.warehouse(), settings, settings.config.feeds.days)
    feeds = feeds_of([edition for _, edition in newest], settings)
    for feed in feeds:
        base = settings.data_dir / "site" / feed.path
        write_whole(base.with_name(base.name + ".atom"), atom(feed))
        write_whole(base.with_name(base.name + ".json"), json_feed(feed))
    return feeds


def atom(feed: Feed) -> bytes:
    """The feed as an Atom document."""
    root = etree.fromstring(f'<feed xmlns="{_ATOM}"/>')
    _tell(root, "id", feed.id)
    _tell(root, "title", feed.title)
    _tell(root, "updated", _stamp(feed.items[0].published if feed.items else _EPOCH))
    _tell(_tell(root, "author"), "name", _PUBLISHER)
    if feed.site:
        _tell(root, "link", rel="self", type="application/atom+xml", href=f"{feed.site}{feed.path}.atom")
        _tell(root, "link", rel="alternate", type="text/html", href=feed.site)
    for item in feed.items:
        entry = _tell(root, "entry")
        _tell(entry, "id", item.id)
        _tell(entry, "title", item.title)
        _tell(entry, "updated", _stamp(item.published))
        _tell(entry, "published", _stamp(item.published))
        for name in item.authors:
            _tell(_tell(entry, "author"), "name", name)
        for tag in item.tags:
            _tell(entry, "category", term=tag)
        if item.url:
            _tell(entry, "link", rel="alternate", type="text/html", href=item.url)
        content = _tell(entry, "content", item.html, type="html")
        content.set("{http://www.w3.org/XML/1998/namespace}lang", item.language)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def json_feed(feed: Feed) -> bytes:
    """The feed as a JSON Feed document."""
    document: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": feed.title}
    if feed.site:
        document |= {"home_page_url": feed.site, "feed_url": f"{feed.site}{feed.path}.json"}
    document["items"] = [_json_item(item) for item in feed.items]
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _json_item(item: Item) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": _stamp(item.published),
        "language": item.language,
        "authors": [{"name": name} for name in item.authors],
        "tags": list(item.tags),
    }
    return {name: value for name, value in told.items() if value}


def _paper_item(topic: str, entry: Entry, edition: Edition, links: Links, calendar: Calendar) -> Item:
    return Item(
        key=f"topic/{topic}/{entry.paper.id}",
        title=entry.title,
        html=snippets.paper_html(entry, edition, links),
        published=calendar.released_at(entry.paper.mailing or edition.day),
        language=edition.language,
        url=links.paper(entry),
        authors=tuple(names(entry.paper.authors)),
        tags=tuple(fold(category) for category in entry.paper.categories),
    )


def _newest_first(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (item.published, item.key), reverse=True))


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")  # when a feed without items was last changed


def _stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _tell(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    element.text = text
    return element
