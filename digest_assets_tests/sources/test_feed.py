"""The announcement feeds: both forms read, late papers entered, and what they said kept."""

import gzip
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.common import clock
from digest_assets.common.http import RetryableResponseError, Timeouts
from digest_assets.config.settings import Settings
from digest_assets.sources.feed import ANNOUNCE_TYPES, fetch_feed, parse_feed
from digest_assets.sources.tables import ARXIV_ANNOUNCED, ARXIV_LISTING
from digest_assets.testing.loopback.responses import ServedPaper, build_feed_response
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.examples import take_examples
from digest_assets_tests.sources.runs import DAY, get_announced_ids, get_check_evaluation, get_metadata, run_sources
from digest_assets_tests.sources.test_faults import always, busy, closed, first_times, malformed

ONLY = ["arxiv_listing"]
LATE, CROSS, REPLACED, AFTERWARDS = "2512.03901", "2511.00902", "2510.00903", "2512.04904"


def rows(settings: Settings, day: date = DAY) -> dict[str, tuple[str, str]]:
    frame = open_warehouse(settings).read(ARXIV_LISTING, [day])
    return {identifier: (kind, by) for identifier, kind, by in frame.select("id", "announce_type", "found_by").rows()}


@pytest.fixture
def server(server: LoopbackServer) -> LoopbackServer:
    """The mailing of the day is out, with a late paper, an older cross-list and a replacement."""
    some = server.papers[0]
    old = datetime(2025, 11, 20, tzinfo=UTC)
    server.papers += [
        replace(some, id=LATE, published=old, categories=("cs.CV",), announced={DAY: "new"}),
        replace(some, id=CROSS, published=old, categories=("math.OC", "cs.LG"), announced={DAY: "cross"}),
        replace(some, id=REPLACED, published=old, version=2, categories=("cs.AI",), announced={DAY: "replace"}),
    ]
    server.feed_date = DAY
    server.has_pages = False
    return server


def test_the_current_mailing_is_what_its_feed_announces(
    settings: Settings, server: LoopbackServer, at_noon: None
) -> None:
    result = run_sources(settings, DAY, only=ONLY)
    found = rows(settings)
    in_window = get_announced_ids(server, DAY) - {LATE}
    assert found == {
        **dict.fromkeys(in_window, ("new", "window")),
        LATE: ("new", "feed"),
        CROSS: ("cross", "feed"),
        REPLACED: ("replace", "feed"),
    }
    told = get_metadata(result, "arxiv_listing")
    assert told["announcement feed"].startswith(f"read: {len(found)} announced (")
    assert (told["cross"], told["replace"], told["announced, unknown to the API"]) == (1, 1, 0)
    assert get_check_evaluation(result, "listing_complete").passed


def test_what_the_feed_said_is_kept_so_that_the_day_gives_the_same_again(
    settings: Settings, server: LoopbackServer, at_noon: None
) -> None:
    run_sources(settings, DAY, only=ONLY)
    before = open_warehouse(settings).read(ARXIV_LISTING)
    # Days later the feed speaks of another mailing, and a paper of this window that was held back is there.
    server.feed_date = DAY + timedelta(days=2)
    held = replace(server.papers[0], id=AFTERWARDS, published=datetime(2025, 12, 2, 12, tzinfo=UTC), announced={})
    server.papers.append(held)
    server.reset_log()
    told = get_metadata(run_sources(settings, DAY, only=ONLY), "arxiv_listing")
    assert open_warehouse(settings).read(ARXIV_LISTING).equals(before)
    assert told["announcement feed"].startswith("kept: ")
    assert told["of the window, announced elsewhere"] == 1
    assert not server.get_requests("feed")


def test_a_paper_held_back_enters_the_day_whose_feed_announces_it(
    settings: Settings, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:

    written = datetime(2025, 12, 2, 12, tzinfo=UTC)
    held = replace(server.papers[0], id=AFTERWARDS, published=written, categories=("cs.CV",))
    later = DAY + timedelta(days=1)
    monkeypatch.setattr(clock, "get_utc_now", lambda: datetime(2025, 12, 3, 12, tzinfo=UTC))
    run_sources(settings, DAY, only=ONLY)
    server.papers.append(replace(held, announced={later: "new"}))
    server.feed_date = later
    monkeypatch.setattr(clock, "get_utc_now", lambda: datetime(2025, 12, 4, 12, tzinfo=UTC))
    result = run_sources(settings, later, only=ONLY)
    assert rows(settings, later)[AFTERWARDS] == ("new", "feed")
    assert AFTERWARDS not in rows(settings, DAY)
    run_sources(settings, DAY, only=ONLY)
    assert AFTERWARDS not in rows(settings, DAY)
    assert get_check_evaluation(result, "listing_complete").passed


def test_papers_of_the_window_that_the_feed_does_not_name_are_not_lost(
    settings: Settings, server: LoopbackServer, at_noon: None
) -> None:
    unnamed = next(iter(sorted(get_announced_ids(server, DAY))))
    position = next(number for number, paper in enumerate(server.papers) if paper.id == unnamed)
    server.papers[position] = replace(server.papers[position], announced={})
    for _ in range(2):
        run_sources(settings, DAY, only=ONLY)
        assert rows(settings)[unnamed] == ("new", "window")
    kept = open_warehouse(settings).read(ARXIV_ANNOUNCED, [DAY])
    assert dict(kept.select("id", "announced_in").iter_rows())[unnamed] == "window"


def test_papers_that_the_api_does_not_know_yet_are_told_and_come_with_the_next_run(
    settings: Settings, server: LoopbackServer, at_noon: None
) -> None:
    unknown = sorted(get_announced_ids(server, DAY))[:3]

    real = server.papers
    server.papers = [paper for paper in real if paper.id not in unknown]
    body = build_feed_response(real, "rss", ["cs.CV", "cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.CY", "cs.RO"], DAY)
    server.fault = lambda request, answer: body if request.kind == "feed" else answer
    result = run_sources(settings, DAY, only=ONLY)
    assert result.success
    check = get_check_evaluation(result, "listing_complete")
    assert not check.passed
    assert check.metadata["missing"].value == {str(DAY): unknown}
    assert get_metadata(result, "arxiv_listing")["announced, unknown to the API"] == 3
    server.papers = real
    result = run_sources(settings, DAY, only=ONLY)
    assert get_check_evaluation(result, "listing_complete").passed
    assert set(unknown) <= rows(settings).keys()


@pytest.mark.parametrize("change", [closed, malformed])
def test_atom_is_read_where_rss_cannot_be(settings: Settings, server: LoopbackServer, change: object) -> None:
    proper = fetch_feed(settings)
    server.fault = lambda request, answer: change(answer) if request.path.startswith("/rss") else answer  # type: ignore[operator]
    # A second for each form: what is malformed is asked for again until then.
    assert fetch_feed(settings, Timeouts(total_seconds=1, first_pause_seconds=0.1)) == proper
    assert proper.day == DAY


def test_a_feed_that_is_down_leaves_the_window_alone_and_says_so(
    settings: Settings, server: LoopbackServer, at_noon: None
) -> None:
    server.fault = always(closed, kind="feed")
    result = run_sources(settings, DAY, only=ONLY)
    assert rows(settings).keys() == get_announced_ids(server, DAY) - {LATE}
    told = get_metadata(result, "arxiv_listing")["announcement feed"]
    assert told.startswith("not to be had, so the window alone (arXiv's announcement feed (rss): HTTP 503")
    assert not open_warehouse(settings).find_written_days("arxiv_announced", [DAY])


@pytest.mark.parametrize("feed_date", [DAY - timedelta(days=1), DAY + timedelta(days=5)])
def test_a_feed_of_another_mailing_is_not_used(
    settings: Settings, server: LoopbackServer, at_noon: None, feed_date: date
) -> None:
    server.feed_date = feed_date
    result = run_sources(settings, DAY, only=ONLY)
    assert rows(settings).keys() == get_announced_ids(server, DAY) - {LATE}
    assert get_metadata(result, "arxiv_listing")["announcement feed"].startswith("not out yet (it holds")
    assert not open_warehouse(settings).find_written_days("arxiv_announced", [DAY])


def test_a_feed_that_fails_once_is_asked_again(settings: Settings, server: LoopbackServer) -> None:
    server.fault = first_times(busy, kind="feed")
    assert fetch_feed(settings).day == DAY
    assert [request.path.split("/")[1] for request in server.get_requests("feed")] == ["rss", "rss"]


# Reading, by itself.


@pytest.mark.parametrize(
    ("name", "day", "counts"),
    [
        ("rss_cs.LG+cs.AI+cs.CL+stat.ML_2026-09-24_trimmed.xml", date(2026, 9, 24), None),
        ("rss_cs.AI_2026-04-27_trimmed.xml", date(2026, 4, 27), None),
        ("rss_cs.CL_2026-04-27_trimmed.xml", date(2026, 4, 27), None),
        ("rss_cs.LG_2026-04-27_trimmed.xml", date(2026, 4, 27), None),
        ("atom_cs.AI_2025-08-20_trimmed.xml", date(2025, 8, 20), None),
        ("DERIVED_empty_weekend_cs.CV_2025-09-20.xml", date(2025, 9, 20), {}),
    ],
)
def test_recorded_feeds_are_read(corpus: Path, name: str, day: date, counts: dict[str, int] | None) -> None:
    body = (corpus / "feeds" / name).read_bytes()
    found = parse_feed(body)
    assert (found.day, found.unreadable) == (day, 0)
    items = body.count(b"<item>") + body.count(b"<entry>")
    assert len(found.announcements) == items
    told = Counter(item.announce_type for item in found.announcements)
    assert told == {kind: body.count(f"announce_type>{kind}<".encode()) for kind in told}
    if counts is not None:
        assert told == counts
    assert all(item.categories and item.version for item in found.announcements)


def test_whole_recorded_days_survive_both_forms(corpus: Path) -> None:
    for path in sorted((corpus / "feeds" / "announcements").glob("*.json.gz")):
        day = date.fromisoformat(path.name[:10])
        entries = _papers(json.loads(gzip.decompress(path.read_bytes())))
        served = [
            ServedPaper(
                id=entry["id"].split("v")[0],
                title="t",
                abstract="a",
                authors=(),
                categories=("cs.CV",),
                published=datetime(2026, 1, 1, tzinfo=UTC),
                announced={day: entry["announce_type"]},
            )
            for entry in entries
        ]
        rss, atom = (parse_feed(build_feed_response(served, form, ["cs.CV"], day).body) for form in ("rss", "atom"))
        assert rss == atom
        assert rss.day == day
        assert {item.id: item.announce_type for item in rss.announcements} == {
            paper.id: paper.announced[day] for paper in served
        }


def _papers(answer: dict[str, object]) -> list[dict[str, str]]:
    lists = [value for value in answer.values() if isinstance(value, list)]
    return [
        {"id": str(entry.get("id") or entry.get("arxiv_id")), "announce_type": entry["announce_type"]}
        for entries in lists
        for entry in entries
        if isinstance(entry, dict) and "announce_type" in entry
    ]


IDS = st.from_regex(r"\A25(0[1-9]|1[0-2])\.[0-9]{5}\Z")


@take_examples(25)
@given(st.dictionaries(IDS, st.tuples(st.sampled_from(ANNOUNCE_TYPES), st.text(max_size=40)), max_size=20))
def test_both_forms_say_the_same_whatever_the_papers_are_called(papers: dict[str, tuple[str, str]]) -> None:
    titles = {key: "".join(sign for sign in text if sign.isprintable()) for key, (_, text) in papers.items()}
    served = [
        ServedPaper(
            id=key,
            title=titles[key],
            abstract=titles[key],
            authors=(titles[key],),
            categories=("cs.CV", "cs.LG"),
            published=datetime(2025, 1, 1, tzinfo=UTC),
            announced={DAY: kind},
        )
        for key, (kind, _) in papers.items()
    ]
    rss, atom = (parse_feed(build_feed_response(served, form, ["cs.CV"], DAY).body) for form in ("rss", "atom"))
    assert rss == atom
    assert {item.id: item.announce_type for item in rss.announcements} == {
        key: kind for key, (kind, _) in papers.items()
    }


def test_an_item_that_cannot_be_read_is_counted_and_the_rest_kept() -> None:
    body = b"""<rss xmlns:arxiv="http://arxiv.org/schemas/atom"><channel><pubDate>Wed, 03 Dec 2025 00:00:00 -0500</pubDate>
      <item><guid>oai:arXiv.org:2512.00001v1</guid><arxiv:announce_type>new</arxiv:announce_type></item>
      <item><guid>oai:arXiv.org:../../etc</guid><arxiv:announce_type>new</arxiv:announce_type></item>
      <item><guid>oai:arXiv.org:2512.00002v1</guid><arxiv:announce_type>sold</arxiv:announce_type></item>
      <item><guid>oai:arXiv.org:2512.00003v2</guid><description>Announce Type: replace-cross</description></item>
    </channel></rss>"""
    found = parse_feed(body)
    assert [(item.id, item.version, item.announce_type) for item in found.announcements] == [
        ("2512.00001", 1, "new"),
        ("2512.00003", 2, "replace-cross"),
    ]
    assert found.unreadable == 2


@pytest.mark.parametrize(
    "item",
    [
        "<guid>https://arxiv.org/abs/2512.00001v2</guid><arxiv:announce_type>replace</arxiv:announce_type>",
        "<link>https://arxiv.org/abs/2512.00001v2</link><arxiv:announce_type>replace</arxiv:announce_type>",
        "<guid>tag:x</guid><link>http://arxiv.org/abs/2512.00001v2</link><description>Announce Type: replace</description>",
        "<guid>oai:arXiv.org:2512.00001v2</guid><arxiv:announce_type> Replace\n</arxiv:announce_type>",
    ],
    ids=["address", "link alone", "another guid", "spelling"],
)
def test_an_item_is_read_wherever_it_names_its_paper(item: str) -> None:
    stamp = "<pubDate>Wed, 03 Dec 2025 00:00:00 -0500</pubDate>"
    body = f'<rss xmlns:arxiv="http://arxiv.org/schemas/atom"><channel>{stamp}<item>{item}</item></channel></rss>'
    found = parse_feed(body.encode())
    assert [(paper.id, paper.version, paper.announce_type) for paper in found.announcements] == [
        ("2512.00001", 2, "replace")
    ]


@pytest.mark.parametrize("stamp", ["", "<pubDate/>", "<pubDate>soon</pubDate>"])
def test_the_date_of_building_stands_for_a_missing_one(stamp: str) -> None:
    built = "<lastBuildDate>\n Wed, 03 Dec 2025 05:00:00 +0000 </lastBuildDate>"
    assert parse_feed(f"<rss><channel>{stamp}{built}</channel></rss>".encode()).day == DAY


def test_a_paper_named_twice_counts_by_its_first_announcement() -> None:
    item = "<item><guid>oai:arXiv.org:2512.00001v1</guid><description>Announce Type: {}</description></item>"
    body = "<rss><channel><pubDate>Wed, 03 Dec 2025 00:00:00 -0500</pubDate>"
    body += item.format("replace") + item.format("new") + item.format("cross") + "</channel></rss>"
    assert [paper.announce_type for paper in parse_feed(body.encode()).announcements] == ["new"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>down</body></html>",
        b"<rss><channel></channel></rss>",
        b"<rss><channel><pubDate>soon</pubDate>",
    ],
)
def test_what_is_no_whole_feed_is_refused(body: bytes) -> None:
    with pytest.raises(RetryableResponseError):
        parse_feed(body)
