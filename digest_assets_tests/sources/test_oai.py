"""OAI-PMH: pages walked to their end, trouble that costs a day nothing, and what a record adds to a paper."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from digest_assets.common import clock
from digest_assets.common.http import RetryableResponseError
from digest_assets.config.settings import Environment, Settings
from digest_assets.papers.merge import merge_papers
from digest_assets.sources.oai import fetch_records, list_sets, parse_oai_page
from digest_assets.sources.records import load_records, store_records
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_RECORDS
from digest_assets.testing.loopback.server import LoopbackRequest, LoopbackResponse, LoopbackServer
from digest_assets.texts.tables import is_picture_allowed
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.sources.runs import DAY, get_metadata, run_sources
from digest_assets_tests.sources.test_faults import always, closed, first_times

NOW = datetime(2025, 12, 3, 12, tzinfo=UTC)
CC_BY = "http://creativecommons.org/licenses/by/4.0/"
BEFORE = date(2025, 12, 2)


@pytest.fixture
def server(server: LoopbackServer) -> LoopbackServer:
    """The first paper of the day may be shown, the second is withdrawn; pages are small."""
    of_day = [
        number for number, paper in enumerate(server.papers) if DAY in paper.announced and "cs.CV" in paper.categories
    ]
    first, second = of_day[:2]
    server.papers[first] = replace(server.papers[first], license=CC_BY)
    server.papers[second] = replace(server.papers[second], version=2, is_withdrawn=True, comment="A gap in Lemma 2.")
    server.oai_page_size = 15
    return server


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "get_utc_now", lambda: NOW)


def test_all_records_of_the_days_are_had_page_by_page(settings: Settings, server: LoopbackServer) -> None:
    found = {record.id: record for record in fetch_records(settings, BEFORE, DAY)}
    modified = [paper for paper in server.papers if {BEFORE, DAY} & paper.announced.keys()]
    assert found.keys() == {paper.id for paper in modified if any("cs." in name for name in paper.categories)}
    assert len(server.get_requests("oai")) > len(found) // 15
    for paper in modified:
        if record := found.get(paper.id):
            assert (record.version, record.license, record.categories) == (
                paper.version,
                paper.license,
                paper.categories,
            )
            assert record.versions[0] == (1, paper.published)
            assert record.is_withdrawn == paper.is_withdrawn


def test_a_busy_server_is_waited_for(settings: Settings, server: LoopbackServer) -> None:
    server.fault = first_times(
        lambda _: LoopbackResponse(status=503, headers={"Retry-After": "0"}), times=2, kind="oai"
    )
    assert list(fetch_records(settings, DAY, DAY))


def test_days_without_records_are_no_error(settings: Settings, server: LoopbackServer) -> None:
    assert list(fetch_records(settings, date(2025, 11, 1), date(2025, 11, 2))) == []


def test_a_day_keeps_the_records_of_its_papers_and_says_so(settings: Settings, server: LoopbackServer) -> None:
    result = run_sources(settings, DAY, only=["arxiv_listing"])
    warehouse = open_warehouse(settings)
    records, listed = warehouse.read(ARXIV_RECORDS, [DAY]), warehouse.read(ARXIV_LISTING, [DAY])
    assert set(records["id"]) == set(listed["id"])
    told = get_metadata(result, "arxiv_listing")["version records"]
    assert told == f"{len(records)} of {len(records)} records are of papers known here, 1 of them withdrawn"


def test_a_server_that_cannot_be_asked_costs_the_day_nothing(settings: Settings, server: LoopbackServer) -> None:
    assert run_sources(settings, DAY, only=["arxiv_listing"]).success
    before = open_warehouse(settings).read(ARXIV_RECORDS, [DAY])
    server.fault = always(closed, "oai")
    result = run_sources(settings, DAY, only=["arxiv_listing"])
    assert result.success
    assert get_metadata(result, "arxiv_listing")["version records"].startswith(
        "not to be had (arXiv's OAI-PMH, cs: HTTP 503"
    )
    assert open_warehouse(settings).read(ARXIV_RECORDS, [DAY]).equals(before)


def test_old_days_and_mirrors_without_the_address_are_not_asked(settings: Settings, server: LoopbackServer) -> None:
    assert "older than 90 days" in store_records(DAY, settings, set(), datetime(2026, 11, 27, tzinfo=UTC))
    mirror = Environment.from_variables({"DIGEST_ARXIV_API_URL": server.url, "DIGEST_DATA_DIR": str(settings.data_dir)})
    assert mirror.arxiv_oai_url is None
    assert "another address" in store_records(DAY, settings.model_copy(update={"environment": mirror}), set(), NOW)
    assert server.get_requests("oai") == []
    assert str(Environment.from_variables({}).arxiv_oai_url) == "https://oaipmh.arxiv.org/oai"


def test_a_record_tells_the_licence_and_a_withdrawal_that_no_words_tell(
    settings: Settings, server: LoopbackServer
) -> None:
    run_sources(settings, DAY, only=["arxiv_listing"])
    rows = ARXIV_LISTING.to_rows(open_warehouse(settings).read(ARXIV_LISTING, [DAY]))
    records = load_records(DAY, settings, {row.id for row in rows})
    papers = merge_papers(DAY, rows, [], [], calendar=settings.calendar, topics=(), lookback_days=7, records=records)
    (withdrawn,) = [paper for paper in papers if paper.withdrawal is not None]
    assert withdrawn.withdrawal == "A gap in Lemma 2."
    (free,) = [paper for paper in papers if is_picture_allowed("licensed", paper)]
    assert free.license == CC_BY


def test_an_odd_record_costs_itself_alone(settings: Settings, server: LoopbackServer) -> None:
    def spoil(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        head, *records = answer.body.split(b"<record>")
        if len(records) < 4:
            return answer
        records[0] = records[0].replace(b"<title>", b"<title>&#1;", 1)
        records[1] = records[1].replace(b"<id>", b"<id>x", 1)
        records[2] = b'<header status="deleted"><identifier>oai:arXiv.org:1</identifier></header></record>'
        return replace(answer, body=b"<record>".join([head, *records]))

    server.oai_page_size = 30  # two pages
    whole = list(fetch_records(settings, DAY, DAY))
    server.fault = spoil
    assert len(list(fetch_records(settings, DAY, DAY))) == len(whole) - 4


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><body>Back soon</body></html>", "a page of another kind"),
        (b'<OAI-PMH><error code="badResumptionToken">expired</error></OAI-PMH>', "badResumptionToken: expired"),
        (b"<OAI-PMH><ListRecords><record>", "malformed XML"),
        (b"<OAI-PMH/>", "without records"),
    ],
)
def test_what_is_no_page_of_records_is_asked_for_again(body: bytes, words: str) -> None:
    with pytest.raises(RetryableResponseError, match=words):
        parse_oai_page(body)


def test_categories_are_asked_by_their_archives() -> None:
    assert list_sets(["cs.CV", "cs.CL", "quant-ph", "cond-mat.soft", "stat.ML", "physics.optics"]) == [
        "cs", "physics:quant-ph", "physics:cond-mat", "stat", "physics:physics",
    ]  # fmt: skip
