"""Which matches a topic shows on a day: those that it has not shown on an earlier date, newest first."""

from collections.abc import Sequence
from datetime import date

from digest_assets.common.mailings import MailingCalendar
from digest_assets.papers.tables import PaperRow


def select_topic_papers(
    matches: Sequence[PaperRow], count: int, day: date, calendar: MailingCalendar
) -> list[PaperRow]:
    """The `count` newest of a topic's matches that no earlier date has shown.

    What earlier dates showed is computed from the matches that are stored with `day`, date by date: a match is there
    from the mailing of its submission on, and each date shows the newest that are left. Whether a match was shown
    depends on newer ones alone, which the look-back of `day` holds too. So it is exact, and the same whichever days
    are made, in whichever order. A paper that arXiv announced later than its submission would have it counts as shown.
    """
    cut_off = calendar.get_cut_off(day)  # for a paper that was listed from its feed alone, whose date is not known yet
    newest_first = sorted(matches, key=lambda paper: (-(paper.published or cut_off).timestamp(), paper.id))
    if any(paper.lookback_days is None for paper in matches):
        return newest_first[:count]  # only what was shown is stored, by 0.1.0
    mailings = {paper.id: calendar.find_mailing(paper.published) if paper.published else day for paper in matches}
    earlier = min(mailings.values(), default=day)
    while earlier < day:
        shown = {paper.id for paper in [paper for paper in newest_first if mailings[paper.id] <= earlier][:count]}
        newest_first = [paper for paper in newest_first if paper.id not in shown]
        earlier = calendar.get_next(earlier)
    return newest_first[:count]
