"""Topics over several days: every match is shown once, whichever days are made, in whichever order."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from digest_assets.common.mailings import MailingCalendar
from digest_assets.groups.topics import select_topic_papers
from digest_assets.papers.tables import PaperRow
from digest_assets.testing.row_factories import make_paper

CALENDAR = MailingCalendar(frozenset({date(2025, 12, 10)}))
START = datetime(2025, 12, 1, tzinfo=UTC)
DAYS = [day for number in range(1, 24) if CALENDAR.is_mailing(day := date(2025, 12, number))]
LOOKBACK = 7
HOURS = st.lists(st.integers(0, 20 * 24), max_size=60)


def submit(hours: list[int]) -> list[PaperRow]:
    """Papers submitted so many hours after the start, several at once too."""
    return [
        make_paper(f"2512.{number:05}", DAYS[0], published=START + timedelta(hours=hour), lookback_days=LOOKBACK)
        for number, hour in enumerate(hours)
    ]


def match(papers: list[PaperRow], day: date) -> list[PaperRow]:
    """What a day stores: the matches of its look-back."""
    end = CALENDAR.get_cut_off(day)
    return [paper for paper in papers if paper.published and end - timedelta(LOOKBACK) <= paper.published < end]


def show(papers: list[PaperRow], count: int, days: list[date] = DAYS) -> dict[date, list[str]]:
    return {day: [paper.id for paper in select_topic_papers(match(papers, day), count, day, CALENDAR)] for day in days}


@given(HOURS, st.integers(1, 4))
def test_no_day_shows_what_an_earlier_one_showed(hours: list[int], count: int) -> None:
    shown = Counter(id_ for ids in show(submit(hours), count).values() for id_ in ids)
    assert max(shown.values(), default=1) == 1


@given(HOURS, st.integers(1, 4))
def test_a_day_shows_the_newest_that_no_earlier_one_showed(hours: list[int], count: int) -> None:
    papers = submit(hours)
    before: set[str] = set()
    for day, ids in show(papers, count).items():
        left = [paper for paper in match(papers, day) if paper.id not in before]
        newest = sorted(left, key=lambda paper: (-paper.published.timestamp() if paper.published else 0.0, paper.id))
        assert ids == [paper.id for paper in newest[:count]]
        before.update(ids)


@given(HOURS, st.integers(1, 4), st.randoms())
def test_a_day_depends_on_its_own_matches_alone_in_whichever_order_they_come(
    hours: list[int], count: int, random: Random
) -> None:
    papers = submit(hours)
    shuffled = [*papers]
    random.shuffle(shuffled)
    assert show(shuffled, count, DAYS[::-1]) == show(papers, count)


def test_a_quiet_day_shows_what_a_busy_one_left() -> None:
    papers = submit([30, 31, 32, 33])  # all of the mailing of Wednesday
    wednesday, thursday, friday = date(2025, 12, 3), date(2025, 12, 4), date(2025, 12, 5)
    assert show(papers, 3, [wednesday, thursday, friday]) == {
        wednesday: ["2512.00003", "2512.00002", "2512.00001"],
        thursday: ["2512.00000"],
        friday: [],
    }


def test_a_paper_whose_date_is_not_known_yet_is_the_newest() -> None:
    known, unknown = submit([30])[0], make_paper("2512.00009", DAYS[2], published=None, lookback_days=LOOKBACK)
    assert select_topic_papers([known, unknown], 1, date(2025, 12, 3), CALENDAR) == [unknown]


def test_where_the_shown_few_alone_are_stored_they_are_shown_again() -> None:
    papers = [paper.model_copy(update={"lookback_days": None}) for paper in submit([1, 2, 3])]
    shown = select_topic_papers(papers, 3, date(2025, 12, 8), CALENDAR)
    assert [paper.id for paper in shown] == ["2512.00002", "2512.00001", "2512.00000"]
