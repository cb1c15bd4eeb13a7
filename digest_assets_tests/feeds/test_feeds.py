"""The feeds are valid, safe and stable."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import nh3
import pytest
from hypothesis import given
from lxml import etree
from pydantic import AwareDatetime, BaseModel, ConfigDict, HttpUrl

from digest_assets.config.settings import Config, Settings
from digest_assets.feeds.feeds import Feed, build_author_feeds, build_feeds, format_atom, format_json, write_feeds
from digest_assets.reports.edition import Edition, build_edition
from digest_assets.testing import row_factories
from digest_assets.testing.site_days import generate_day, generate_paper, store_days
from digest_assets_tests.examples import take_examples
from digest_assets_tests.reports.hostile import choice_of, hostile_editions

ATOM = "{http://www.w3.org/2005/Atom}"
CHILDREN = {
    "feed": {"id", "title", "updated", "author", "link", "entry"},
    "entry": {"id", "title", "updated", "published", "author", "category", "link", "content"},
}


class JsonItem(BaseModel):
    """An item as https://www.jsonfeed.org/version/1.1/ describes it."""

    model_config = ConfigDict(extra="forbid")

    id: str
    title: str
    content_html: str
    date_published: AwareDatetime
    language: str
    url: HttpUrl | None = None
    authors: list[dict[str, str]] = []
    tags: list[str] = []


class JsonFeed(BaseModel):
    """A feed of that form."""

    model_config = ConfigDict(extra="forbid")

    version: str
    title: str
    home_page_url: HttpUrl | None = None
    feed_url: HttpUrl | None = None
    items: list[JsonItem]


def assert_valid_atom(document: bytes) -> Any:
    """What RFC 4287 demands of a feed (sections 4.1.1, 4.1.2), on an XML tree read strictly."""
    root = etree.fromstring(document)
    assert root.tag == f"{ATOM}feed"
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    for kind, parent in [("feed", root), *(("entry", entry) for entry in root.iter(f"{ATOM}entry"))]:
        names = [child.tag.removeprefix(ATOM) for child in parent]
        assert set(names) <= CHILDREN[kind]
        for once in ("id", "title", "updated"):
            assert names.count(once) == 1
        assert parent.findtext(f"{ATOM}id", "").startswith("urn:uuid:")
        assert datetime.fromisoformat(parent.findtext(f"{ATOM}updated", "")).tzinfo is not None
        assert len([link for link in parent.findall(f"{ATOM}link") if link.get("rel") == "alternate"]) <= 1
        if kind == "entry":
            content = parent.find(f"{ATOM}content")
            assert content is not None
            assert content.get("type") == "html"
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    return root


def assert_safe_html(fragment: str) -> None:
    """Only the tags of our templates, and links to known hosts; a sanitiser finds nothing to take out."""
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z!?][\w-]*)", fragment)) <= {"p", "a", "strong", "br", "small", "h2", "h3"}
    for href in re.findall(r'href="([^"]*)"', fragment):
        assert urlsplit(href).scheme == "https"
    assert "\u202e" not in fragment
    cleaned = nh3.clean(fragment, link_rel=None)
    assert nh3.clean(cleaned, link_rel=None) == cleaned


def with_site(choice: Settings, url: str) -> Settings:
    config = Config.model_validate({**choice.config.model_dump(by_alias=True), "feeds": {"base_url": url}})
    return choice.model_copy(update={"config": config})


def topic_edition(*papers: Any, day: date = row_factories.FRIDAY) -> tuple[list[Edition], Settings]:
    choice = choice_of("topic_digest")
    edition = row_factories.make_edition("topic_digest", papers, choice, group="neural rendering")
    return [edition], choice


def feed_named(path: str, made: list[Edition], choice: Settings) -> Feed:
    return next(feed for feed in build_feeds(made, choice) if feed.path == path)


@take_examples(20)
@given(hostile_editions())
def test_feeds_are_valid_and_safe_whatever_papers_and_models_write(made: tuple[Edition, Settings]) -> None:
    edition, choice = made
    for feed in build_feeds([edition], choice):
        root = assert_valid_atom(format_atom(feed))
        for content in root.iter(f"{ATOM}content"):
            assert_safe_html(content.text)
        read = JsonFeed.model_validate_json(format_json(feed))
        assert [item.id for item in read.items] == [item.id for item in feed.items]


def test_an_independent_reader_finds_the_papers_of_a_topic() -> None:
    made, choice = topic_edition(row_factories.make_paper("2512.00001", title="A < B | $x_1$ & C"))
    read = feedparser.parse(format_atom(feed_named("feeds/topics/neural-rendering", made, choice)))
    assert not read.bozo
    assert read.feed.title == "neural rendering"
    (entry,) = read.entries
    assert entry.title == "A < B | x₁ & C"
    assert entry.link == "https://arxiv.org/abs/2512.00001"
    assert [author.name for author in entry.authors] == ["A One", "B Two"]
    assert [tag.term for tag in entry.tags] == ["cs.CV", "cs.LG"]
    assert entry.published == "2025-12-05T01:00:00Z"
    assert "Splat points." in entry.content[0].value


def test_an_author_whom_somebody_follows_has_a_feed_of_their_papers(settings: Settings) -> None:
    papers = [
        row_factories.make_paper("2512.00001", authors=("Ada Bright", "Ben Dim"), title="A < B | $x_1$"),
        row_factories.make_paper("2512.00002", authors=("Ada Bright",), abstract="See www.example.org & <b>more</b>."),
        row_factories.make_paper("2512.00003", authors=("Adam Bright",)),
    ]
    first, second = build_author_feeds(["Ada Bright", "B. Dim"], [*papers, papers[0]], settings)
    assert (first.path, first.title) == ("feeds/authors/Ada-Bright", "Papers by Ada Bright")
    assert [item.title for item in first.items] == [papers[1].title, "A < B | x₁"]
    assert [item.url for item in second.items] == ["https://arxiv.org/abs/2512.00001"]
    for feed in (first, second):
        for content in assert_valid_atom(format_atom(feed)).iter(f"{ATOM}content"):
            assert_safe_html(content.text)
            assert "www.example.org" not in content.text


def test_the_feeds_of_followed_authors_are_written_with_the_others(settings: Settings) -> None:
    store_days(settings, generate_day(row_factories.FRIDAY, 3))
    name = generate_paper(row_factories.FRIDAY, 1, 3).authors[0]
    config = Config.model_validate({**settings.config.model_dump(by_alias=True), "library": {"authors": [name]}})
    written = write_feeds(settings.model_copy(update={"config": config}))
    (feed,) = (feed for feed in written if feed.title == f"Papers by {name}")
    assert feed.items
    assert (settings.data_dir / "site" / f"{feed.path}.atom").is_file()


def test_a_report_has_an_item_for_each_edition_with_papers() -> None:
    choice = choice_of("category_digest")
    full = row_factories.make_edition("category_digest", [row_factories.make_paper("2512.00001")], choice)
    empty = build_edition("category_digest", row_factories.make_day_tables(day=row_factories.SATURDAY), choice)
    feed = feed_named("feeds/category_digest", [empty, full], choice)
    assert [item.title for item in feed.items] == ["Category digest · 2025-12-05 · 1 paper"]


def test_a_paper_that_two_days_show_is_one_item() -> None:
    made, choice = topic_edition(row_factories.make_paper("2512.00001"))
    feed = feed_named("feeds/topics/neural-rendering", [*made, *made], choice)
    assert len(feed.items) == 1


def test_items_link_to_the_site_where_it_is_served() -> None:
    made, choice = topic_edition(row_factories.make_paper("2512.00001"))
    choice = with_site(choice, "https://digest.example/daily")
    feed = json.loads(format_json(feed_named("feeds/topics/neural-rendering", made, choice)))
    assert feed["feed_url"] == "https://digest.example/daily/feeds/topics/neural-rendering.json"
    assert feed["items"][0]["url"] == "https://digest.example/daily/papers/2512/2512.00001.html"


def test_ids_and_bytes_are_the_same_each_time() -> None:
    made, choice = topic_edition(row_factories.make_paper("2512.00001"))
    first, second = (
        [format_atom(feed) + format_json(feed) for feed in build_feeds(made, choice)],
        [format_atom(feed) + format_json(feed) for feed in build_feeds(made, choice)],
    )
    assert first == second


def test_feeds_are_written_beside_the_site(settings: Settings) -> None:
    written = write_feeds(settings)
    folder = settings.data_dir / "site" / "feeds"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.atom")} == {
        f"{Path(feed.path).relative_to('feeds').as_posix()}.atom" for feed in written
    }
    for path in folder.rglob("*.atom"):
        assert_valid_atom(path.read_bytes())


@pytest.mark.parametrize("count", [11, 100])
def test_an_item_shows_so_many_papers_of_a_part_and_counts_the_rest(count: int) -> None:
    choice = choice_of("category_digest")
    papers = [row_factories.make_paper(f"2512.{number:05}") for number in range(1, count + 1)]
    feed = feed_named("feeds/category_digest", [row_factories.make_edition("category_digest", papers, choice)], choice)
    assert feed.items[0].html.count("<strong>") == 10
    assert f"And {count - 10} more in all." in feed.items[0].html
