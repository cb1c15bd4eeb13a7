"""Feeds in the forms Atom and JSON Feed: an item for each edition of a report, each paper of a topic or author, each new version.

Forms: RFC 4287 (https://www.rfc-editor.org/rfc/rfc4287) and https://www.jsonfeed.org/version/1.1/. Items are known by
ids that never change, and dated by when the day's mailing was out, so that the same days give the same bytes.
"""

import json
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree

from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.common.atomic_write import write_atomically
from digest_assets.common.mailings import MailingCalendar
from digest_assets.common.markdown import normalize_names, to_single_line
from digest_assets.config.fields import WEEKLY_REPORT, ReportName
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS, PaperChangeRow, PaperRow
from digest_assets.relevance.author_names import AuthorIndex
from digest_assets.reports import snippets, urls
from digest_assets.reports.changes import describe_change
from digest_assets.reports.edition import Edition, EditionEntry
from digest_assets.reports.load import list_report_days, load_newest_editions
from digest_assets.reports.paper_pages import find_papers_with_page
from digest_assets.reports.snippets import SnippetLinks
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly.choose import WEEK
from digest_assets.weekly.week import get_date
from digest_assets.weekly.write import list_weeks, load_week

_NAMESPACE = uuid.UUID("6d2f6f0e-3d1c-5b4b-9b53-8f6f6e0f2a11")
_ATOM = "http://www.w3.org/2005/Atom"
_AUTHOR = "Digest of research papers"
# A reader asks for a feed many times a day: what it carries is the news, in brief.
_MAX_ITEMS, _EDITION_PAPERS = 50, 10
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")  # when a feed without items was last changed
_TEMPLATES = snippets.make_environment("digest_assets.feeds")
_PAPER = _TEMPLATES.get_template("paper.html.jinja")
_BY_AUTHOR = _TEMPLATES.get_template("author.html.jinja")
_CHANGE = _TEMPLATES.get_template("change.html.jinja")


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One entry of a feed: an edition of a report, or a paper of a topic."""

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
    items: tuple[FeedItem, ...] = field(default=())
    site: str | None = None

    @property
    def id(self) -> str:
        """An address that names it and leads nowhere."""
        return uuid.uuid5(_NAMESPACE, self.path).urn


def build_report_feed(report: ReportName, editions: Iterable[Edition], settings: Settings) -> Feed:
    """A report's editions, each an item with its papers in brief; an edition without papers is no news."""
    links = SnippetLinks.from_settings(settings)
    items = [
        FeedItem(
            key=f"{report}/{edition.day}",
            title=snippets.format_headline(edition, settings),
            html=snippets.render_brief_html(snippets.select_brief(edition, _EDITION_PAPERS), edition, links),
            published=settings.calendar.get_release_time(get_date(edition)),
            language=edition.language,
            url=links.report(report, edition.day),
        )
        for edition in editions
        if edition.entries
    ]
    return Feed(urls.report_feed(report), snippets.get_report_title(report, settings), _sort_items(items), links.site)


def build_topic_feed(topic: str, editions: Iterable[Edition], settings: Settings) -> Feed:
    """A topic's papers, each an item of the mailing that announced it, however many days show it."""
    links = SnippetLinks.from_settings(settings)
    items: dict[str, FeedItem] = {}
    for edition in editions:
        for entry in (entry for group in edition.groups if group.name == topic for entry in group.entries):
            items.setdefault(entry.paper.id, _make_paper_item(topic, entry, edition, links, settings.calendar))
    return Feed(urls.topic_feed(topic), topic, _sort_items(items.values()), links.site)


def build_author_feeds(
    authors: Iterable[str], papers: Iterable[PaperRow], settings: Settings, with_page: Collection[str] = ()
) -> list[Feed]:
    """For each author whom somebody follows, their papers, shown by a report or not, each an item of its mailing.

    `with_page` are the papers that have a page of their own on the site.
    """
    links = SnippetLinks.from_settings(settings)
    items: dict[str, dict[str, FeedItem]] = {author: {} for author in authors}
    index = AuthorIndex((author, author) for author in items)
    for paper in papers:
        for author in {author for name in paper.authors for author, _ in index.find(name)}:
            items[author].setdefault(paper.id, _make_author_item(author, paper, links, settings.calendar, with_page))
    return [
        Feed(urls.author_feed(author), f"Papers by {author}", _sort_items(found.values()), links.site)
        for author, found in items.items()
    ]


def build_changes_feed(changes: Iterable[PaperChangeRow], settings: Settings, with_page: Collection[str] = ()) -> Feed:
    """What new versions changed of papers that a report showed; a withdrawal says so in its title."""
    links = SnippetLinks.from_settings(settings)
    items = [
        FeedItem(
            key=f"changes/{row.id}v{row.version}",
            title=to_single_line(f"{'Withdrawn' if row.withdrawal is not None else f'v{row.version}'}: {row.title}"),
            html=_CHANGE.render(
                change=row, parts=describe_change(row), address=build_paper_url("abs", f"{row.id}v{row.version}")
            ),
            published=settings.calendar.get_release_time(row.day),
            language="en",
            url=links.site + urls.paper_page(row.id)
            if links.site and row.id in with_page
            else build_paper_url("abs", f"{row.id}v{row.version}"),
        )
        for row in changes
    ]
    return Feed(urls.changes_feed(), "New versions of papers shown before", _sort_items(items), links.site)


def build_feeds(editions: Sequence[Edition], settings: Settings) -> list[Feed]:
    """The feeds of all enabled reports and topics, made of these editions, the newest first."""
    config = settings.config.reports
    by_report = {
        name: [edition for edition in editions if edition.report == name] for name in config.possible_reports()
    }
    for name in config.reader_reports():  # of a reader of whom nothing is known there is no feed
        by_report = {report: found for report, found in by_report.items() if report != name or found}
    feeds = [build_report_feed(report, its_editions, settings) for report, its_editions in by_report.items()]
    if config.topic_digest.enabled:
        topics = [topic.name for topic in config.topic_digest.topics]
        feeds += [build_topic_feed(topic, by_report["topic_digest"], settings) for topic in topics]
    return feeds


def write_feeds(settings: Settings) -> list[Feed]:
    """Write the feeds of the newest days beside the site's pages. Raises `ReportError` when the disk does not take one."""
    warehouse, newest = open_warehouse(settings), settings.config.feeds.days
    feeds = build_feeds([edition for _, edition in load_newest_editions(warehouse, settings, newest)], settings)
    changes = PAPER_CHANGES.to_rows(warehouse.read(PAPER_CHANGES, list_report_days(warehouse, newest)))
    with_page = find_papers_with_page(warehouse, [row.id for row in changes])
    feeds.append(build_changes_feed(changes, settings, with_page))
    if authors := settings.config.list_followed_authors():
        papers = PAPERS.to_rows(warehouse.read(PAPERS, list_report_days(warehouse, newest)))
        with_page = find_papers_with_page(warehouse, [row.id for row in papers])
        feeds += build_author_feeds(authors, papers, settings, with_page)
    if settings.config.weekly.enabled:
        weeks = list_weeks(warehouse, -(-newest // WEEK.days))
        editions = [load_week(warehouse, settings, row)[1] for row in weeks]
        feeds.append(build_report_feed(WEEKLY_REPORT, editions, settings))
    for feed in feeds:
        base = settings.data_dir / urls.SITE_FOLDER / feed.path
        write_atomically(base.with_name(base.name + ".atom"), format_atom(feed))
        write_atomically(base.with_name(base.name + ".json"), format_json(feed))
    return feeds


def format_atom(feed: Feed) -> bytes:
    """The feed as an Atom document."""
    root = etree.fromstring(f'<feed xmlns="{_ATOM}"/>')
    _add_element(root, "id", feed.id)
    _add_element(root, "title", feed.title)
    _add_element(root, "updated", _format_time(feed.items[0].published if feed.items else _EPOCH))
    _add_element(_add_element(root, "author"), "name", _AUTHOR)
    if feed.site:
        _add_element(root, "link", rel="self", type="application/atom+xml", href=f"{feed.site}{feed.path}.atom")
        _add_element(root, "link", rel="alternate", type="text/html", href=feed.site)
    for item in feed.items:
        entry = _add_element(root, "entry")
        _add_element(entry, "id", item.id)
        _add_element(entry, "title", item.title)
        _add_element(entry, "updated", _format_time(item.published))
        _add_element(entry, "published", _format_time(item.published))
        for name in item.authors:
            _add_element(_add_element(entry, "author"), "name", name)
        for tag in item.tags:
            _add_element(entry, "category", term=tag)
        if item.url:
            _add_element(entry, "link", rel="alternate", type="text/html", href=item.url)
        content = _add_element(entry, "content", item.html, type="html")
        content.set("{http://www.w3.org/XML/1998/namespace}lang", item.language)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def format_json(feed: Feed) -> bytes:
    """The feed as a JSON Feed document."""
    document: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": feed.title}
    if feed.site:
        document |= {"home_page_url": feed.site, "feed_url": f"{feed.site}{feed.path}.json"}
    document["items"] = [_make_json_item(item) for item in feed.items]
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _make_json_item(item: FeedItem) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": _format_time(item.published),
        "language": item.language,
        "authors": [{"name": name} for name in item.authors],
        "tags": list(item.tags),
    }
    return {name: value for name, value in fields.items() if value}


def _make_paper_item(
    topic: str, entry: EditionEntry, edition: Edition, links: SnippetLinks, calendar: MailingCalendar
) -> FeedItem:
    return FeedItem(
        key=f"topic/{topic}/{entry.paper.id}",
        title=("" if entry.paper.withdrawal is None else "Withdrawn: ") + snippets.format_plain(entry.title),
        html=_PAPER.render(entry=entry, links=links),
        published=calendar.get_release_time(entry.paper.mailing or edition.day),
        language=edition.language,
        url=links.paper(entry),
        authors=tuple(normalize_names(entry.paper.authors)),
        tags=tuple(to_single_line(category) for category in entry.paper.categories),
    )


def _make_author_item(
    author: str, paper: PaperRow, links: SnippetLinks, calendar: MailingCalendar, with_page: Collection[str]
) -> FeedItem:
    address, names = build_paper_url("abs", paper.id), normalize_names(paper.authors)
    page = urls.paper_page(paper.id) if paper.id in with_page else urls.paper_place(paper.day, paper.id)
    return FeedItem(
        key=f"author/{author}/{paper.id}",
        title=("" if paper.withdrawal is None else "Withdrawn: ") + snippets.format_plain(paper.title),
        html=_BY_AUTHOR.render(paper=paper, names=names, address=address),
        published=calendar.get_release_time(paper.mailing or paper.day),
        language="en",
        url=links.site + page if links.site else address,
        authors=tuple(names),
        tags=tuple(to_single_line(category) for category in paper.categories),
    )


def _sort_items(items: Iterable[FeedItem]) -> tuple[FeedItem, ...]:
    """The newest first, as many as a feed carries."""
    return tuple(sorted(items, key=lambda item: (item.published, item.key), reverse=True)[:_MAX_ITEMS])


def _format_time(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _add_element(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    element.text = text
    return element
