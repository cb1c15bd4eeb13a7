"""Which papers match the topics: by arXiv's API up to the cut-off of a day's mailing, and by their own words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol

from digest_assets.common.mailings import MailingCalendar, SubmissionWindow
from digest_assets.config.report_formats import Topic
from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.tables import TopicHitRow

_WORD = re.compile(r"[^\W_]+")


class DescribedPaper(Protocol):
    """What a topic looks at."""

    @property
    def title(self) -> str:
        """Title."""

    @property
    def abstract(self) -> str:
        """Abstract."""

    @property
    def categories(self) -> Sequence[str]:
        """All arXiv categories."""


def find_topic_papers(day: date, settings: Settings, api: ArxivApi) -> list[TopicHitRow]:
    """All papers that match each topic within its look-back, which ends at the cut-off of `day`.

    None on a date without a mailing: they would repeat those of the mailing before. Raises `SourceError` that
    names the topic.
    """
    calendar, lookback_days = settings.calendar, settings.config.reports.topic_digest.lookback_days
    topics = settings.config.reports.topics
    if not topics or not calendar.is_mailing(day):
        return []
    window = get_lookback_window(day, lookback_days, calendar)
    return [
        TopicHitRow(
            day=day,
            **paper.to_columns(),
            topic=topic.name,
            position=position,
            mailing=calendar.find_mailing(paper.published) if paper.published else day,
            lookback_days=lookback_days,
        )
        for topic in topics
        for position, paper in enumerate(api.fetch_matches(topic, window), start=1)
    ]


def get_lookback_window(day: date, lookback_days: int, calendar: MailingCalendar) -> SubmissionWindow:
    """The submissions among which the topics of `day` look for papers."""
    end = calendar.get_cut_off(day)
    return SubmissionWindow(end - timedelta(days=lookback_days), end)


def match_topics(paper: DescribedPaper, topics: Iterable[Topic]) -> list[str]:
    """The topics whose phrases stand in a paper's title or abstract, as the API would find them once it knows it."""
    texts = (_join_words(paper.title), _join_words(paper.abstract))

    def holds(phrase: str) -> bool:
        words = _join_words(phrase)
        return bool(words.strip()) and any(words in text for text in texts)

    return [
        topic.name
        for topic in topics
        if (not topic.categories or not set(topic.categories).isdisjoint(paper.categories))
        and (not topic.phrases[0] or any(map(holds, topic.phrases[0])))
        and all(map(holds, topic.phrases[1]))
        and not any(map(holds, topic.excluded))
    ]


def _join_words(text: str) -> str:
    """The words of a text in lower case, without accents, a space before and after each: ` gaussian splatting `."""
    letters = (sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return f" {' '.join(_WORD.findall(''.join(letters).casefold()))} "
