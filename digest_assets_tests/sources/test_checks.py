"""The checks of the sources: green on a good day, red or yellow where something is missing, repeated or silent."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.config.settings import Settings
from digest_assets.sources import checks
from digest_assets.sources.completeness import find_duplicate_ids, find_listing_gaps
from digest_assets.sources.duplicates import compute_duplicate_share, compute_usual_share, is_unusual_share
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, ListingRow
from digest_assets.testing.loopback.environment import create_settings
from digest_assets.testing.loopback.server import LoopbackRequest, LoopbackResponse, LoopbackServer
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.sources.runs import (
    DAY,
    FAST,
    WEEK,
    get_announced_ids,
    get_check_evaluation,
    get_metadata,
    run_sources,
)

NEXT = DAY + timedelta(days=1)


def rows_of(settings: Settings, day: date) -> list[ListingRow]:
    return ARXIV_LISTING.to_rows(open_warehouse(settings).read(ARXIV_LISTING, [day]))


def store(settings: Settings, day: date, rows: list[ListingRow]) -> None:
    open_warehouse(settings).replace_days(ARXIV_LISTING, [day], ARXIV_LISTING.to_frame(rows))


def test_every_check_is_green_on_a_good_day_and_says_what_to_do_when_it_is_not(settings: Settings) -> None:
    result = run_sources(settings, DAY)
    evaluated = result.get_asset_check_evaluations()
    assert len(evaluated) == len(checks.CHECKS)
    assert all(check.passed for check in evaluated)
    for check in checks.CHECKS:
        assert "When it is " in check.description


def test_a_paper_known_from_another_day_that_belongs_here_turns_the_listing_red(settings: Settings) -> None:
    """As when the API's index lagged: the day was listed short, and a later day's topic met what it lacks."""
    run_sources(settings, DAY)
    rows = rows_of(settings, DAY)
    lost = open_warehouse(settings).read(ARXIV_TOPIC_HITS, [DAY])["id"].to_list()[0]
    store(settings, DAY, [row for row in rows if row.id != lost])
    gaps = find_listing_gaps(DAY, settings)
    assert (gaps.announced_ids, gaps.submitted_ids, gaps.has_feed) == ((), (lost,), False)
    assert not find_listing_gaps(NEXT, settings)


def test_a_later_mailing_takes_nothing_from_an_earlier_one(settings: Settings) -> None:
    run_sources(settings, DAY)
    result = run_sources(settings, NEXT)
    assert get_check_evaluation(result, "listing_complete").passed
    assert not find_listing_gaps(DAY, settings)


def test_the_share_of_repeats_is_told_and_warns_when_it_jumps(settings: Settings, server: LoopbackServer) -> None:
    run_sources(settings, WEEK[0], only=["arxiv_listing"])
    result = run_sources(settings, WEEK[1], only=["arxiv_listing"])
    assert get_check_evaluation(result, "listing_not_repeated").passed
    # A whole edition comes again, as when a digest shows Friday's papers on Saturday.
    yesterday = [row.model_copy(update={"day": DAY}) for row in rows_of(settings, WEEK[1])]
    store(settings, DAY, yesterday)
    new = {day: {row.id for row in rows_of(settings, day)} for day in (WEEK[0], WEEK[1], DAY)}
    assert compute_duplicate_share(new, DAY) == 1
    assert is_unusual_share(compute_duplicate_share(new, DAY), compute_usual_share(new, DAY))


def test_the_share_is_a_figure_of_the_materialization(settings: Settings, server: LoopbackServer) -> None:
    run_sources(settings, WEEK[1], only=["arxiv_listing"])
    before = [row.model_copy(update={"day": WEEK[0]}) for row in rows_of(settings, WEEK[1])][:20]
    store(settings, WEEK[0], before)
    result = run_sources(settings, WEEK[1], only=["arxiv_listing"])
    share = 20 / len(get_announced_ids(server, WEEK[1]))
    assert get_metadata(result, "arxiv_listing")["share of repeats"] == pytest.approx(share)
    check = get_check_evaluation(result, "listing_not_repeated")
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.metadata["share of repeats"].value == pytest.approx(share)
    assert check.description == f"{WEEK[1]}: {share:.0%} were new before"


def test_a_silent_topic_turns_its_check_yellow_by_name(server: LoopbackServer, tmp_path: Path) -> None:
    topics = {"topics": ["avatar", "nobody writes this"]}
    settings = create_settings(server, tmp_path, {**FAST, "reports": {"topic_digest": topics}})
    check = get_check_evaluation(run_sources(settings, DAY, only=["arxiv_topic_hits"]), "topics_found_papers")
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.metadata["which"].value == {str(DAY): ["nobody writes this"]}
    assert check.description == "no paper for: nobody writes this"


def test_an_empty_page_of_a_mailings_date_turns_its_check_yellow(settings: Settings, server: LoopbackServer) -> None:
    server.hf_pages[DAY] = []
    check = get_check_evaluation(run_sources(settings, DAY, only=["hf_daily_papers"]), "page_has_papers")
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.metadata["which"].value == [str(DAY)]
    assert check.description == f"no paper on the page of {DAY}"


def test_checks_look_at_every_day_of_a_run(settings: Settings, server: LoopbackServer) -> None:
    server.hf_pages[WEEK[1]] = []
    check = get_check_evaluation(run_sources(settings, *WEEK[:3], only=["hf_daily_papers"]), "page_has_papers")
    assert check.metadata["which"].value == [str(WEEK[1])]


def test_a_paper_that_stands_twice_in_a_day_is_found(settings: Settings) -> None:
    run_sources(settings, DAY, only=["arxiv_listing"])
    assert find_duplicate_ids([DAY], settings) == ()
    (first, *_) = rows_of(settings, DAY)
    with open_warehouse(settings).begin() as connection:  # the table's own key would refuse it
        connection.execute("INSERT INTO arxiv_listing SELECT * FROM arxiv_listing WHERE id = ?", [first.id])
    assert find_duplicate_ids([DAY], settings) == (first.id,)


IDS = st.sets(st.integers(0, 30).map(str), max_size=10)
DAYS = st.dictionaries(st.integers(0, 60).map(lambda back: DAY - timedelta(days=back)), IDS, max_size=12)


@given(DAYS)
def test_a_share_is_a_share_and_old_days_do_not_count(new: dict[date, set[str]]) -> None:
    share = compute_duplicate_share(new, DAY)
    assert 0 <= share <= 1
    recent = {day: ids for day, ids in new.items() if DAY - day <= timedelta(days=30)}
    assert compute_duplicate_share(recent, DAY) == share
    assert compute_duplicate_share({DAY: new.get(DAY, set())}, DAY) == 0
    assert 0 <= compute_usual_share(new, DAY) <= 1


def test_odd_entries_turn_their_check_yellow_by_name(settings: Settings, server: LoopbackServer) -> None:
    odd = min(get_announced_ids(server, DAY))
    served = f"/{odd}v1</id><title>".encode()

    def spoil(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return replace(answer, body=answer.body.replace(served, served + b"&#1;"))

    server.fault = spoil
    result = run_sources(settings, DAY, only=["arxiv_listing"])
    assert {row.id for row in rows_of(settings, DAY)} == get_announced_ids(server, DAY)
    check = get_check_evaluation(result, "entries_whole")
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert (check.description or "").startswith(f"1 odd entries: {odd}: malformed XML")
