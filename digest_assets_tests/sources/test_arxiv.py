"""Questions to arXiv's API: how topics become queries, which papers are the newest, and what its answers are read as."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.common.errors import SourceError
from digest_assets.common.mailings import SubmissionWindow
from digest_assets.config.report_formats import Topic
from digest_assets.config.settings import Config, Settings
from digest_assets.sources.api_page import ArxivPaper, parse_api_page
from digest_assets.sources.arxiv import ArxivApi, build_topic_query
from digest_assets.sources.tables import ARXIV_TOPIC_HITS
from digest_assets.sources.topics import find_topic_papers
from digest_assets.testing.loopback.arxiv_query import parse_query
from digest_assets.testing.loopback.environment import create_settings
from digest_assets.testing.loopback.server import LoopbackResponse, LoopbackServer, ServedPaper
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.sources.runs import DAY, FAST, run_sources

END = datetime(2025, 12, 2, 19, tzinfo=UTC)  # the cut-off of the mailing of 2025-12-03
WEEK = SubmissionWindow(END - timedelta(days=7), END)
AVATAR = Topic(name="avatar")


def paper(number: int, published: datetime, **more: object) -> ServedPaper:
    proper: dict[str, object] = {
        "id": f"2512.{number:05}",
        "title": f"An avatar {number}",
        "abstract": "About it.",
        "authors": ("A",),
        "categories": ("cs.CV",),
        "published": published,
    }
    return ServedPaper(**{**proper, **more})  # type: ignore[arg-type]


@pytest.fixture
def api(settings: Settings) -> Iterator[ArxivApi]:
    with ArxivApi.from_settings(settings) as api:
        yield api


def ids(papers: list[ArxivPaper]) -> list[str]:
    return [found.id for found in papers]


@pytest.mark.parametrize(
    ("topic", "query"),
    [
        ("neural rendering", '((ti:"neural rendering" OR abs:"neural rendering"))'),
        ({"name": "n", "any": ["a", "b c"]}, '((ti:"a" OR abs:"a" OR ti:"b c" OR abs:"b c"))'),
        ({"name": "n", "all": ["a", "b"]}, '((ti:"a" OR abs:"a") AND (ti:"b" OR abs:"b"))'),
        (
            {"name": "n", "any": ["a"], "not": ["x", "y"], "categories": ["cs.CV", "cs.GR"]},
            '((ti:"a" OR abs:"a") AND (cat:cs.CV OR cat:cs.GR)) ANDNOT (ti:"x" OR abs:"x") ANDNOT (ti:"y" OR abs:"y")',
        ),
        ("3D “scene” (NeRF)\\", '((ti:"3D scene NeRF" OR abs:"3D scene NeRF"))'),
        ('say "hello', '((ti:"say hello" OR abs:"say hello"))'),
    ],
)
def test_a_topic_is_a_query_of_quoted_phrases_in_titles_and_abstracts(topic: object, query: str) -> None:
    assert build_topic_query(Topic.model_validate(topic)) == query


PHRASES = st.lists(
    st.text(min_size=1, max_size=30).filter(lambda text: any(sign.isalnum() for sign in text)), max_size=3
)


@given(PHRASES, PHRASES, PHRASES)
def test_no_phrase_breaks_out_of_its_quotes(any_of: list[str], all_of: list[str], none_of: list[str]) -> None:
    query = build_topic_query(Topic(name="n", any=tuple(any_of), all=tuple(all_of), excluded=tuple(none_of)))
    parse_query(query)  # whatever the phrases are, it is a query
    assert query.count('"') == 4 * (max(len(any_of) + len(all_of), 1) + len(none_of))


def test_all_matches_come_newest_first(api: ArxivApi, server: LoopbackServer) -> None:
    server.papers = [paper(number, END - timedelta(hours=number)) for number in range(1, 9)]
    assert ids(api.fetch_matches(AVATAR, WEEK)) == [f"2512.{number:05}" for number in range(1, 9)]
    assert len(server.get_requests("api")) == 1


def test_the_ends_of_the_window_are_exact(api: ArxivApi, server: LoopbackServer) -> None:
    instants = [
        WEEK.start - timedelta(seconds=1),
        WEEK.start,
        END - timedelta(seconds=1),
        END,
        END + timedelta(seconds=59),
    ]
    server.papers = [paper(number, instant) for number, instant in enumerate(instants)]
    assert ids(api.fetch_matches(AVATAR, WEEK)) == ["2512.00002", "2512.00001"]
    assert sorted(ids(api.fetch_submitted(["cs.CV"], WEEK, description="test"))) == ["2512.00001", "2512.00002"]


@pytest.mark.parametrize("shuffled", [1, -1])
def test_papers_of_one_second_are_ordered_by_id_whatever_order_they_come_in(
    api: ArxivApi, server: LoopbackServer, shuffled: int
) -> None:
    midnight = datetime(2025, 12, 2, tzinfo=UTC)
    server.papers = [paper(number, midnight) for number in range(1, 40)][::shuffled]
    assert ids(api.fetch_matches(AVATAR, WEEK)) == [f"2512.{number:05}" for number in range(1, 40)]


def test_an_empty_answer_for_a_topic_is_believed_when_given_twice(api: ArxivApi, server: LoopbackServer) -> None:
    server.papers = [paper(1, END - timedelta(hours=1))]
    nothing = Topic(name="nothing at all")
    assert api.fetch_matches(nothing, WEEK) == []
    assert len(server.get_requests("api")) == 2
    empty = LoopbackServer([]).accept_request("/api/query?search_query=ti:x", {})[1]
    server.fault = lambda request, answer: empty if request.number == 3 else answer
    assert ids(api.fetch_matches(AVATAR, WEEK)) == ["2512.00001"]


def test_papers_are_fetched_by_id_in_batches_and_unknown_ones_left_out(api: ArxivApi, server: LoopbackServer) -> None:
    server.papers = [paper(number, END) for number in range(250)]
    wanted = [f"2512.{number:05}" for number in range(0, 300)]
    assert list(api.fetch_by_ids(wanted)) == wanted[:250]
    assert len(server.get_requests("api")) == 3
    assert api.count_existing(wanted) == 250
    assert api.fetch_by_ids([]) == {}


def test_topics_hold_what_an_earlier_mailing_announced_and_say_which(
    settings: Settings, server: LoopbackServer
) -> None:
    assert run_sources(settings, DAY, only=["arxiv_topic_hits"]).success
    rows = ARXIV_TOPIC_HITS.to_rows(open_warehouse(settings).read(ARXIV_TOPIC_HITS))
    positions = [row.position for row in rows if row.topic == "avatar"]
    assert len(positions) > 3
    assert positions == list(range(1, len(positions) + 1))
    assert all(row.mailing <= DAY and row.published and row.published < END for row in rows)
    server.papers = [paper(1, END - timedelta(days=3)), paper(2, END - timedelta(hours=1), title="avatar")]
    with ArxivApi.from_settings(settings) as api:
        hits = {hit.id: hit.mailing for hit in find_topic_papers(DAY, settings, api) if hit.topic == "avatar"}
    assert hits == {"2512.00002": DAY, "2512.00001": date(2025, 12, 2)}


def test_a_topic_without_a_report_is_not_asked_for(server: LoopbackServer, tmp_path: Path) -> None:
    config = {**FAST, "reports": {"topic_digest": {"enabled": False}}}
    settings = create_settings(server, tmp_path, config)
    with ArxivApi.from_settings(settings) as api:
        assert find_topic_papers(DAY, settings, api) == []
    assert not server.get_requests("api")


def test_a_new_version_is_the_same_paper(api: ArxivApi, server: LoopbackServer) -> None:
    server.papers = [paper(1, END - timedelta(hours=2), version=3, updated=END + timedelta(days=30))]
    (found,) = api.fetch_submitted(["cs.CV"], WEEK, description="test")
    assert (found.id, found.version) == ("2512.00001", 3)
    assert (found.published, found.updated) == (END - timedelta(hours=2), END + timedelta(days=30))


def test_recorded_answers_are_read(corpus: Path) -> None:
    read = 0
    for path in sorted((corpus / "arxiv_api").glob("*.status200.xml")):
        page = parse_api_page(path.read_bytes())
        assert page.left_out == ()
        for kept in page.papers:
            assert kept.problems == ()
            assert kept.title
            assert kept.authors
            assert kept.categories[0] == kept.primary_category
            assert kept.published is not None
            assert kept.updated is not None
            assert kept.published <= kept.updated
            read += 1
    assert read > 200
    (old,) = parse_api_page(next((corpus / "arxiv_api").glob("id_astro-ph_*")).read_bytes()).papers
    assert old.id == "astro-ph/0601001"


def test_a_recorded_refusal_is_an_error_with_its_reason(
    corpus: Path, settings: Settings, server: LoopbackServer
) -> None:
    body = next((corpus / "arxiv_api").glob("id_abc_*")).read_bytes()
    server.fault = lambda _, answer: LoopbackResponse(body, 400)
    with ArxivApi.from_settings(settings) as api, pytest.raises(SourceError, match=r"\(incorrect id format for abc\)"):
        api.fetch_by_ids(["2512.00001"])


def test_the_address_may_have_parameters_and_braces(settings: Settings, server: LoopbackServer) -> None:
    places = settings.environment.model_copy(update={"arxiv_api_url": f"{server.url}/api/query?key={{x}}"})
    server.papers = [paper(1, END - timedelta(hours=1))]
    with ArxivApi.from_settings(settings.model_copy(update={"environment": places})) as api:
        assert len(api.fetch_submitted(["cs.CV"], WEEK, description="test")) == 1
    assert server.get_requests("api")[0].parameters["key"] == "{x}"


def test_the_settings_page_size_is_asked_for(server: LoopbackServer, tmp_path: Path) -> None:
    config = Config.model_validate({"sources": {**FAST["sources"], "arxiv": {"delay_seconds": 0, "page_size": 7}}})
    settings = create_settings(server, tmp_path, config.model_dump())
    server.papers = [paper(number, END - timedelta(minutes=number + 1)) for number in range(20)]
    with ArxivApi.from_settings(settings) as api:
        assert len(api.fetch_submitted(["cs.CV"], WEEK, description="test")) == 20
    assert [request.parameters["max_results"] for request in server.get_requests("api")] == ["7"] * 3


def test_a_paper_that_changes_between_two_readings_is_read_again(api: ArxivApi, server: LoopbackServer) -> None:
    server.papers = [paper(number, END - timedelta(minutes=300 - number)) for number in range(250)]
    more = paper(999, END - timedelta(minutes=299, seconds=30))

    def one_more(request: object, answer: LoopbackResponse) -> LoopbackResponse:
        if getattr(request, "number", 0) == 1:
            server.papers.append(more)  # enters the index after the first page was read
        return answer

    server.fault = one_more
    found = ids(api.fetch_submitted(["cs.CV"], WEEK, description="test"))
    assert len(found) == len(set(found)) == 251
    assert replace(more).id in found


# Entries that are not what they should be.

HEAD = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/" '
    'xmlns:arxiv="http://arxiv.org/schemas/atom"><o:totalResults>3</o:totalResults>'
)
ENTRY = (
    "<entry><id>http://arxiv.org/abs/{id}</id><title>{title}</title><summary>About it.</summary>{dates}"
    '<author><name>A</name></author><category term="cs.CV"/><arxiv:primary_category term="cs.CV"/></entry>'
)
DATES = "<published>2025-12-01T10:00:00Z</published><updated>2025-12-01T10:00:00Z</updated>"


def build_page(odd: str) -> bytes:
    good = [ENTRY.format(id=f"2512.0000{number}v1", title="Good", dates=DATES) for number in (1, 3)]
    return f"{HEAD}{good[0]}{odd}{good[1]}</feed>".encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("title", "dates", "shown", "problem"),
    [
        ("An &#1; odd one", DATES, "An odd one", "malformed XML"),
        ("An \x01 odd one", DATES, "An odd one", "malformed XML"),
        ("An \udcff odd one", DATES, "An \ufffd odd one", "malformed XML"),
        ("Q&A about R&D", DATES, "Q&A about R&D", "malformed XML"),
        ("A &nbsp; B &eacute;", DATES, "A B é", "malformed XML"),
        ("a < b", DATES, "a < b", "malformed XML"),
        ("a <b and c", DATES, "a <b and c", "malformed XML"),
        ("a <b> and </c> d", DATES, "a <b> and </c> d", "malformed XML"),
        ("T", "<published>2025-12-01T10:00:00Z</published>", "T", "no <updated>"),
        ("T", "", "T", "no <published>"),
        ("T", DATES.replace("10:00:00Z", "noon"), "T", "<published> is no time ('2025-12-01Tnoon')"),
        ("T</title><title>U", DATES, "T", "2 times <title>: the first counts"),
        ("T" * 20_000, DATES, "T" * 10_000, "<title> of 20000 characters: cut"),
    ],
)
def test_an_odd_entry_is_shown_with_what_is_known_and_costs_no_other(
    title: str, dates: str, shown: str, problem: str
) -> None:
    page = parse_api_page(build_page(ENTRY.format(id="2512.00002v2", title=title, dates=dates)))
    assert [paper.id for paper in page.papers] == ["2512.00001", "2512.00002", "2512.00003"]
    first, odd, last = page.papers
    assert first.problems == last.problems == ()
    assert odd.title == shown
    assert odd.problems[0].startswith(problem)
    assert odd.version == 2


def test_an_entry_twice_is_one_paper() -> None:
    twice = ENTRY.format(id="2512.00001v1", title="Other", dates=DATES)
    page = parse_api_page(build_page(twice))
    assert [(paper.id, paper.title, paper.problems) for paper in page.papers] == [
        ("2512.00001", "Good", ("stands twice in the answer",)),
        ("2512.00003", "Good", ()),
    ]


def test_of_two_versions_of_a_paper_the_newer_counts_in_whatever_order_they_stand() -> None:
    pages = [ENTRY.format(id=f"2512.00009v{number}", title=f"Version {number}", dates=DATES) for number in (1, 2)]
    for odd in (pages[0] + pages[1], pages[1] + pages[0]):
        found = {paper.id: paper for paper in parse_api_page(build_page(odd)).papers}
        assert (found["2512.00009"].title, found["2512.00009"].version) == ("Version 2", 2)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("CO<sub>2</sub> at night", "CO2 at night"),
        ("A <!-- draft -->lamp", "A lamp"),
        ("A <?tex lamp?>lamp", "A lamp"),
        ("<![CDATA[a < b & c]]> is", "a < b & c is"),
    ],
)
def test_markup_inside_a_text_costs_none_of_its_words(title: str, shown: str) -> None:
    page = parse_api_page(build_page(ENTRY.format(id="2512.00002v1", title=title, dates=DATES)))
    assert page.papers[1].title == shown
    assert page.papers[1].problems == ()


def test_an_entry_whose_id_is_none_is_left_out_and_told() -> None:
    page = parse_api_page(build_page(ENTRY.format(id="../etc", title="T", dates=DATES)))
    assert (len(page.papers), page.entries) == (2, 3)
    assert page.left_out[0].startswith("a paper whose id is 'http://arxiv.org/abs/../etc'")


def test_ids_that_the_api_counts_and_does_not_know_are_left_out(api: ArxivApi, server: LoopbackServer) -> None:
    server.papers = [paper(1, END), paper(3, END)]
    total = b"totalResults>3<"
    server.fault = lambda _, answer: replace(answer, body=answer.body.replace(b"totalResults>2<", total))
    assert list(api.fetch_by_ids(["2512.00001", "2512.00002", "2512.00003"])) == ["2512.00001", "2512.00003"]
    assert api.count_existing(["2512.00001", "2512.00002"]) == 1
