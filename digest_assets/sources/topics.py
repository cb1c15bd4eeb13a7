"""The newest papers of each topic, up to the cut-off of a day's mailing."""

from datetime import date, timedelta

from digest_assets.common.mailings import SubmissionWindow
from digest_assets.config.settings import Settings
from digest_assets.sources.arxiv import ArxivApi
from digest_assets.sources.tables import TopicHitRow


def find_topic_papers(day: date, settings: Settings, api: ArxivApi) -> list[TopicHitRow]:
    """Each topic's newest papers within its look-back, which ends at the cut-off of `day`.

    None on a date without a mailing: they would repeat those of the mailing before. Raises `SourceError` that
    names the topic.
    """
    calendar = settings.calendar
    choice = settings.config.reports.topic_digest
    topics = settings.config.reports.topics
    if not topics or not calendar.is_mailing(day):
        return []
    end = calendar.get_cut_off(day)
    window = SubmissionWindow(end - timedelta(days=choice.lookback_days), end)
    return [
        TopicHitRow(
            day=day,
            **paper.to_columns(),
            topic=topic.name,
            position=position,
            mailing=calendar.find_mailing(paper.published) if paper.published else day,
        )
        for topic in topics
        for position, paper in enumerate(api.fetch_newest(topic, window, choice.papers_per_topic), start=1)
    ]
