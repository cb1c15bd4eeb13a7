"""Merging the sources by arXiv id: one row a paper, with the newest version and the links in its texts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from digest_assets.common.mailings import MailingCalendar
from digest_assets.config.report_formats import Topic
from digest_assets.papers.links import classify_link, find_links
from digest_assets.papers.metadata import clean_authors, find_doi, split_categories
from digest_assets.papers.tables import PaperRow
from digest_assets.papers.withdrawals import find_withdrawal
from digest_assets.sources.tables import ArxivRow, HuggingFaceRow, ListingRow, RecordRow, TopicHitRow
from digest_assets.sources.topics import get_lookback_window, match_topics


def merge_papers(
    day: date,
    listing: Iterable[ListingRow],
    hits: Iterable[TopicHitRow],
    page: Iterable[HuggingFaceRow],
    *,
    calendar: MailingCalendar,
    topics: Sequence[Topic],
    lookback_days: int,
    records: Mapping[str, RecordRow] | None = None,
) -> list[PaperRow]:
    """The papers of one day, by id; the newest version that any source gave.

    arXiv's own metadata wins over Hugging Face's copy of it; Hugging Face adds what only it knows. A paper that
    the day's mailing did not announce has the mailing of its submission time. New papers of the listing that have a
    topic's phrases match it, too: the API's index may not know them yet. `records` tell licences and withdrawals.
    """
    listing_rows = {row.id: row for row in listing}
    hit_rows: dict[str, list[TopicHitRow]] = defaultdict(list)
    for hit in hits:
        hit_rows[hit.id].append(hit)
    page_rows = {row.id: row for row in page}
    found_topics = {id_: [hit.topic for hit in rows] for id_, rows in hit_rows.items()}
    complete = all(hit.lookback_days is not None for rows in hit_rows.values() for hit in rows)
    if complete:  # else 0.1.0 stored the newest few alone, which its report shows
        window = get_lookback_window(day, lookback_days, calendar)
        for row in listing_rows.values():
            if row.announce_type == "new" and (row.published is None or row.published in window):
                found_topics.setdefault(row.id, []).extend(match_topics(row, topics))
    positions = {topic.name: position for position, topic in enumerate(topics)}
    return [
        _merge_paper(
            day,
            listing_rows.get(id_),
            hit_rows.get(id_, []),
            page_rows.get(id_),
            calendar,
            tuple(sorted({*found_topics.get(id_, ())}, key=lambda name: (positions.get(name, len(positions)), name))),
            lookback_days if complete else None,
            (records or {}).get(id_),
        )
        for id_ in sorted({*listing_rows, *hit_rows, *page_rows})
    ]


def _merge_paper(
    day: date,
    listing: ListingRow | None,
    hits: Sequence[TopicHitRow],
    page: HuggingFaceRow | None,
    calendar: MailingCalendar,
    topics: tuple[str, ...],
    lookback_days: int | None,
    record: RecordRow | None,
) -> PaperRow:
    versions: list[ArxivRow] = [*([listing] if listing else []), *hits]
    arxiv = max(versions, key=lambda row: row.version, default=None)  # the first of equals: the listing
    metadata = arxiv or page
    assert metadata is not None, "a paper comes from at least one source"
    published = arxiv.published if arxiv else page.published if page else None
    mailing = day if listing else hits[0].mailing if hits else None
    if mailing is None and published is not None:
        mailing = calendar.find_mailing(published)
    links = find_links(arxiv.comment or "" if arxiv else "", metadata.abstract)
    categories, subject_classes = split_categories((arxiv.primary_category, *arxiv.categories) if arxiv else ())
    repository = classify_link(page.code_url)[1] or page.code_url if page and page.code_url else None
    return PaperRow(
        day=day,
        id=metadata.id,
        version=arxiv.version if arxiv else None,
        title=metadata.title,
        abstract=metadata.abstract,
        authors=clean_authors(metadata.authors),
        categories=categories,
        subject_classes=subject_classes,
        primary_category=categories[0] if categories else None,
        published=published,
        updated=arxiv.updated if arxiv else None,
        comment=arxiv.comment if arxiv else None,
        withdrawal=_find_withdrawal(arxiv, metadata.abstract, record),
        license=record.license if record else None,
        doi=find_doi(arxiv.doi) if arxiv else None,
        journal_ref=arxiv.journal_ref if arxiv else None,
        sources=tuple(
            name
            for name, source in (("arxiv_listing", listing), ("arxiv_topic_hits", hits), ("hf_daily_papers", page))
            if source
        ),
        announce_type=listing.announce_type if listing else None,
        mailing=mailing,
        topics=topics,
        lookback_days=(hits[0].lookback_days if hits else lookback_days) if topics else None,
        hf_position=page.position if page else None,
        hf_upvotes=page.upvotes if page else None,
        hf_keywords=page.ai_keywords if page else (),
        organization=page.organization if page else None,
        code_url=repository or links.code,
        code_stars=page.code_stars if page else None,
        huggingface_url=links.huggingface,
        project_url=(page.project_url if page else None) or links.project,
    )


def _find_withdrawal(arxiv: ArxivRow | None, abstract: str, record: RecordRow | None) -> str | None:
    """The authors' words on a withdrawal, also where only the record says that the version is one."""
    comment = arxiv.comment if arxiv else None
    notice = find_withdrawal(comment, abstract)
    is_withdrawn_version = (
        record is not None and record.is_withdrawn and (arxiv is None or record.version >= arxiv.version)
    )
    return (
        notice if notice is not None or not is_withdrawn_version or record is None else record.comment or comment or ""
    )
