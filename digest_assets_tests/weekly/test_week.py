"""A week's report: what it names, each paper once, the same whichever weeks are made first, readable when empty."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digest_assets.common.errors import ReportError
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.tables import MARKS, MarkRow
from digest_assets.testing.site_days import DayRows, generate_day, store_days
from digest_assets.warehouse import open_warehouse
from digest_assets.weekly.choose import get_monday
from digest_assets.weekly.validate import parse_week
from digest_assets.weekly.write import WrittenWeek, load_week, render_week, write_week

MONDAY = date(2025, 12, 1)
WEEKS = [MONDAY + timedelta(days=7 * number) for number in range(3)]


def add_papers(rows: DayRows, *papers: PaperRow) -> DayRows:
    """A day that has these papers of an earlier day too, without showing them."""
    return replace(rows, papers=[*rows.papers, *(paper.model_copy(update={"day": rows.day}) for paper in papers)])


def store_weeks(settings: Settings) -> None:
    """Three weeks of two days; each week's Monday also has the last papers of the week before, which got votes since."""
    days: list[DayRows] = []
    for monday in WEEKS:
        late = [paper.model_copy(update={"hf_upvotes": 90}) for paper in days[-1].papers[-2:]] if days else []
        first = add_papers(generate_day(monday, 12), *late)
        days += [first, generate_day(monday + timedelta(days=3), 12)]
    store_days(settings, *days)


@dataclass(frozen=True)
class Weeks:
    """Three stored weeks, and their reports."""

    settings: Settings
    written: dict[date, WrittenWeek]


def make_settings(folder: Path) -> Settings:
    return Settings(config=Config(), environment=Environment(data_dir=folder))


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    settings = make_settings(tmp_path_factory.mktemp("weeks"))
    store_weeks(settings)
    return Weeks(settings, {monday: write_week(settings, monday) for monday in WEEKS})


@pytest.fixture(scope="module")
def empty_week(tmp_path_factory: pytest.TempPathFactory) -> WrittenWeek:
    return write_week(make_settings(tmp_path_factory.mktemp("empty")), MONDAY)


def list_ids(week: WrittenWeek, section: str) -> list[str]:
    return [paper.id for paper in week.row.named if paper.section == section]


def test_a_week_names_the_best_of_what_its_reports_showed_with_their_summaries(weeks: Weeks) -> None:
    week = weeks.written[MONDAY]
    assert len(list_ids(week, "mattered")) == 10
    assert {paper.report for paper in week.row.named} <= {"field_review", "category_digest"}
    assert week.row.announced == 24
    assert week.row.days == 2
    scores = [paper.score for paper in week.row.named if paper.section == "mattered"]
    assert scores == sorted(scores, reverse=True)


def test_what_got_votes_after_its_week_is_to_catch_up_on_in_the_next(weeks: Weeks) -> None:
    late = {paper.id for paper in generate_day(MONDAY + timedelta(days=3), 12).papers[-2:]}
    caught = set(list_ids(weeks.written[WEEKS[1]], "catch_up"))
    assert caught
    assert caught == late - set(list_ids(weeks.written[MONDAY], "mattered"))


def test_no_paper_is_named_by_two_weeks(weeks: Weeks) -> None:
    named = [paper.id for week in weeks.written.values() for paper in week.row.named]
    assert len(named) == len(set(named)) > 20


def test_a_week_is_the_same_whenever_it_is_made_and_later_days_change_nothing(weeks: Weeks) -> None:
    voted = generate_day(MONDAY, 12).papers[11].model_copy(update={"hf_upvotes": 500})
    store_days(weeks.settings, add_papers(generate_day(date(2026, 1, 5), 3), voted))
    assert write_week(weeks.settings, WEEKS[1]) == weeks.written[WEEKS[1]]


def test_the_file_reads_back_as_its_row_and_is_rendered_again_from_it(weeks: Weeks) -> None:
    week = weeks.written[WEEKS[1]]
    assert parse_week(week.markdown).ids == tuple(paper.id for paper in week.row.named)
    assert render_week(*load_week(open_warehouse(weeks.settings), weeks.settings, week.row)) == week.markdown


def test_what_readers_marked_most_is_named_by_how_many_marks_it_has(settings: Settings) -> None:
    papers = generate_day(MONDAY, 3).papers
    store_days(settings, generate_day(MONDAY, 3))
    set_at = datetime(2025, 12, 3, tzinfo=UTC)
    marks = [
        MarkRow(reader="reader_one", id=papers[0].id, kind="liked", recorded_at=set_at),
        MarkRow(reader="reader_two", id=papers[0].id, kind="saved", recorded_at=set_at),
        MarkRow(reader="reader_two", id=papers[1].id, kind="saved", recorded_at=set_at),
        MarkRow(reader="reader_two", id=papers[2].id, kind="not_interested", recorded_at=set_at),
        MarkRow(reader="reader_one", id=papers[2].id, kind="saved", recorded_at=set_at),
        MarkRow(
            reader="reader_one", id=papers[2].id, kind="saved", recorded_at=set_at + timedelta(hours=1), is_set=False
        ),
        MarkRow(reader="reader_one", id=papers[1].id, kind="liked", recorded_at=set_at + timedelta(days=9)),
    ]
    open_warehouse(settings).append(MARKS, marks)
    week = write_week(settings, MONDAY)
    assert [(paper.id, paper.marks) for paper in week.row.marked] == [(papers[0].id, 2), (papers[1].id, 1)]
    assert parse_week(week.markdown).marked == (papers[0].id, papers[1].id)
    assert "reader_" not in week.markdown


def test_a_withdrawn_paper_does_not_matter(settings: Settings) -> None:
    rows = generate_day(MONDAY, 3)
    withdrawn = [paper.model_copy(update={"withdrawal": "An error in lemma 2."}) for paper in rows.papers[:1]]
    store_days(settings, replace(rows, papers=[*withdrawn, *rows.papers[1:]]))
    assert withdrawn[0].id not in list_ids(write_week(settings, MONDAY), "mattered")


def test_an_empty_week_is_a_report_that_says_so(empty_week: WrittenWeek) -> None:
    week = empty_week
    assert week.markdown.count("- (No results)") == 5
    assert parse_week(week.markdown).ids == ()
    assert (week.row.days, week.row.announced, week.row.papers) == (0, 0, 0)


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("## Rising terms", "## Risen terms", "expected a line of the form ## Rising terms"),
        ("# Weekly Paper Digest · 2025-12-01", "# Weekly Paper Digest · 2025-12-02", "not a week"),
        (" 0 are named", " 1 are named", "0 papers are named"),
        ("## To catch up on\n\n- (No results)\n", "## To catch up on\n\n- (No results)\n\nMore.\n", "expected the end"),
        ("- (No results)\n", "- (None)\n", "expected"),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_line(
    empty_week: WrittenWeek, good: str, bad: str, message: str
) -> None:
    with pytest.raises(ReportError, match=message):
        parse_week(empty_week.markdown.replace(good, bad))


def test_a_day_belongs_to_the_week_of_its_monday() -> None:
    assert [get_monday(date(2025, 12, day)) for day in (1, 7, 8)] == [MONDAY, MONDAY, date(2025, 12, 8)]
