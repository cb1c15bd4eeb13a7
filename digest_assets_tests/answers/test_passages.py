"""Which passages come nearest to a question, and where they stand."""

from datetime import date

import pytest

from digest_assets.answers.passages import FIRST_DAY, LAST_DAY, Question, RankedPassage, find_passages
from digest_assets.answers.sources import load_paper
from digest_assets.common.errors import ReportError
from digest_assets.config.settings import Settings
from digest_assets.testing.row_factories import FRIDAY
from digest_assets.warehouse import Warehouse, open_warehouse
from digest_assets_tests.answers.archive import BRIDGE, LANTERN, MONDAY, TIDE


def ask(
    archive: Settings, question: str, paper: str = "", since: date = FIRST_DAY, until: date = LAST_DAY
) -> list[RankedPassage]:
    warehouse = open_warehouse(archive)
    only = load_paper(warehouse, paper) if paper else None
    return find_passages(archive, warehouse, Question.parse(question), paper=only, since=since, until=until)


@pytest.mark.parametrize(
    ("question", "paper", "section", "page", "url"),
    [
        ("For how many epochs is the filter trained?", LANTERN, "3.1 Training", None, f"html/{LANTERN}v2#S1.p1"),
        ("What drowns the cracks' sound?", BRIDGE, "6 Limitations", 9, f"pdf/{BRIDGE}v1#page=9"),
        ("How far ahead are floods predicted?", TIDE, "Abstract", None, f"abs/{TIDE}v1"),
    ],
)
def test_the_passage_that_answers_comes_first_with_its_place(
    archive: Settings, question: str, paper: str, section: str, page: int | None, url: str
) -> None:
    source = ask(archive, question)[0].passage.source
    assert (source.id, source.section, source.page, source.url) == (paper, section, page, f"https://arxiv.org/{url}")


def test_a_tables_row_is_found_by_its_heads_and_shown_with_them(archive: Settings) -> None:
    best = ask(archive, "accuracy of DimNet on NightMaps")[0].passage
    assert best.text.startswith("Table 1: Accuracy on NightMaps.\nMethod | Accuracy (%)\nDimNet | 58.2")


def test_coverage_says_how_much_of_the_question_a_passage_speaks_of(archive: Settings) -> None:
    whole, half = ask(archive, "filter trained epochs")[0], ask(archive, "filter trained zebras giraffes")[0]
    assert whole.coverage == 1
    assert half.coverage < 0.6


def test_a_question_may_be_of_one_paper_or_of_some_days(archive: Settings) -> None:
    assert {one.passage.source.id for one in ask(archive, "cracks of bridges", paper=LANTERN)} == set()
    assert [one.passage.source.id for one in ask(archive, "filter for floods", paper=TIDE)] == [TIDE]
    assert ask(archive, "cracks of bridges", since=MONDAY) == []
    assert {one.passage.source.id for one in ask(archive, "cracks of bridges", until=FRIDAY)} == {BRIDGE}


@pytest.mark.parametrize(
    ("question", "problem"), [("what is it?", "no word"), ("?!", "no word"), ("x" * 1_001, "1001")]
)
def test_what_is_no_question_is_refused(question: str, problem: str) -> None:
    with pytest.raises(ReportError, match=problem):
        Question.parse(question)


def test_a_question_about_nothing_in_the_archive_finds_nothing(archive: Settings) -> None:
    assert ask(archive, "price of saffron in Isfahan") == []


def test_a_paper_that_no_day_has_is_named(warehouse: Warehouse) -> None:
    with pytest.raises(ReportError, match=r"the archive has no paper 2512\.99999"):
        load_paper(warehouse, "2512.99999")
    with pytest.raises(ReportError, match="not an arXiv id"):
        load_paper(warehouse, "../../etc/passwd")
