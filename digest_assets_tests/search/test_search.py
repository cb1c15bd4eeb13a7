"""The index on disk: what it finds, and how it follows what is made, a day at a time."""

import logging
import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from digest_assets.common.errors import ReportError, StorageError
from digest_assets.common.locks import file_lock
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPERS
from digest_assets.search.index import get_index_path
from digest_assets.search.papers import SearchResult, search_papers
from digest_assets.search.update import update_index
from digest_assets.testing.row_factories import FRIDAY, make_paper
from digest_assets.texts.tables import PAPER_TEXTS, Section, TextRow
from digest_assets.warehouse import open_warehouse

OTHER_DAY = FRIDAY + timedelta(days=3)


def store(settings: Settings, day: date, *titles: str, body: str = "") -> None:
    papers = [
        make_paper(f"2512.{number:05}", title=title, abstract="We do it.").model_copy(update={"day": day})
        for number, title in enumerate(titles, 1)
    ]
    open_warehouse(settings).replace_days(PAPERS, [day], PAPERS.to_frame(papers))
    if body:
        section = Section(role="method", level=1, heading="Method", text=body)
        text = TextRow(
            day=day, id="2512.00001", source="html", sections=(section,), characters=len(body), pages=None, sha256="0"
        )
        open_warehouse(settings).replace_days(PAPER_TEXTS, [day], PAPER_TEXTS.to_frame([text]))


def find(
    settings: Settings, query: str, since: date = date.min, until: date = date.max, most: int = 10
) -> SearchResult:
    return search_papers(settings, query, since=since, until=until, most=most)


def ids(result: SearchResult) -> Sequence[str]:
    return [hit.id for hit in result.hits]


def test_words_are_found_whatever_their_endings_accents_and_writing(settings: Settings) -> None:
    store(
        settings, FRIDAY, "Gaussian Splatting of a Résumé by GPT-4: 三维重建", "Another", body="The kernel is GPT-4's."
    )
    words = ["splatting", "splat", "SPLATTED", "résumé", "resume", "GPT-4", "gpt 4", "三维 重建", "维重", "kernel"]
    for query in [*words, '"gaussian splatting"']:
        assert ids(find(settings, query)) == ["2512.00001"], query


def test_a_phrase_is_found_in_its_order_alone(settings: Settings) -> None:
    store(settings, FRIDAY, "Gaussian Splatting", "Splatting a Gaussian")
    assert ids(find(settings, '"gaussian splatting"')) == ["2512.00001"]
    assert sorted(ids(find(settings, "gaussian splatting"))) == ["2512.00001", "2512.00002"]


def test_where_no_paper_has_all_words_those_that_have_most_of_the_rare_ones_are_found(settings: Settings) -> None:
    store(settings, FRIDAY, "Gaussian splatting of avatars", "Graphs", "Tables", "Trees")
    found = find(settings, "gaussian splatting of zebras")
    assert (found.has_all, ids(found)) == (False, ["2512.00001"])
    assert ids(find(settings, "zebras in the wild")) == []


def test_a_paper_of_several_days_is_found_once_as_of_its_newest_day(settings: Settings) -> None:
    store(settings, FRIDAY, "One")
    store(settings, OTHER_DAY, "One again")
    (hit,) = find(settings, "one").hits
    assert (hit.day, hit.shown["title"]) == (OTHER_DAY, "One again")
    assert [hit.day for hit in find(settings, "one", until=FRIDAY).hits] == [FRIDAY]


def test_only_days_that_changed_are_indexed(settings: Settings) -> None:
    store(settings, FRIDAY, "One")
    store(settings, OTHER_DAY, "Two")
    assert update_index(settings) == 2
    assert update_index(settings) == 0
    store(settings, OTHER_DAY, "Two", "Three")
    assert update_index(settings) == 1
    assert ids(find(settings, "three")) == ["2512.00002"]
    store(settings, OTHER_DAY, "Four")
    assert ids(find(settings, "three")) == []
    assert ids(find(settings, "one")) == ["2512.00001"]


def test_while_a_run_holds_the_database_the_index_answers_as_it_is(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    store(settings, FRIDAY, "One")
    update_index(settings)
    with file_lock(settings.data_dir / "digest.duckdb.lock"), caplog.at_level(logging.WARNING):
        assert ids(find(settings, "one")) == ["2512.00001"]
    assert "searching what was indexed before" in caplog.text


def test_an_index_of_another_version_is_made_anew_and_a_broken_one_is_said(settings: Settings) -> None:
    store(settings, FRIDAY, "One")
    update_index(settings)
    with sqlite3.connect(get_index_path(settings)) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert ids(find(settings, "one")) == ["2512.00001"]
    get_index_path(settings).write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError, match="delete it, it is made again"):
        find(settings, "one")


def test_every_query_is_words_and_nothing_else(settings: Settings) -> None:
    store(settings, FRIDAY, "One")
    for query in ("AND", "NEAR(x)", 'title : "x', "'; DROP TABLE words; --", "x* OR y", "x" * 100_000):
        assert ids(find(settings, query)) == [], query
    for query in ("", "  ", '""', "-- *", "(", "^"):
        with pytest.raises(ReportError, match="at least one word"):
            find(settings, query)
