"""One row a paper: what all sources say of it, merged by arXiv id."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from digest_assets.common.mailings import MailingCalendar
from digest_assets.papers.tables import PaperRow
from digest_assets.sources.tables import ArxivRow, HuggingFaceRow, ListingRow, TopicHitRow

_URL = re.compile(r"https?://[A-Za-z0-9.-]+\.[A-Za-z]{2,}(?:/[^\s{}<>\"'\\|^`)\]]*)?")
_CODE_HOSTS = re.compile(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)/[^/\s]+/[^/\s]+")
_NOT_A_PROJECT = re.compile(r"https?://(?:[a-z]+\.)?(?:arxiv\.org|doi\.org|creativecommons\.org|orcid\.org)(?:/|$)")


def merge_papers(
    day: date,
    listing: Iterable[ListingRow],
    hits: Iterable[TopicHitRow],
    page: Iterable[HuggingFaceRow],
    *,
    calendar: MailingCalendar,
    topic_order: Sequence[str],
) -> list[PaperRow]:
    """The papers of one day, by id; the newest version that any source gave.

    arXiv's own metadata wins over Hugging Face's copy of it; Hugging Face adds what only it knows. A paper that
    the day's mailing did not announce has the mailing of its submission time.
    """
    listed = {row.id: row for row in listing}
    found: dict[str, list[TopicHitRow]] = defaultdict(list)
    for hit in hits:
        found[hit.id].append(hit)
    shown = {row.id: row for row in page}
    rank = {topic: place for place, topic in enumerate(topic_order)}
    return [
        _merge_paper(day, listed.get(id_), found.get(id_, []), shown.get(id_), calendar, rank)
        for id_ in sorted({*listed, *found, *shown})
    ]


def _merge_paper(
    day: date,
    listed: ListingRow | None,
    hits: Sequence[TopicHitRow],
    shown: HuggingFaceRow | None,
    calendar: MailingCalendar,
    rank: Mapping[str, int],
) -> PaperRow:
    versions: list[ArxivRow] = [*([listed] if listed else []), *hits]
    arxiv = max(versions, key=lambda row: row.version, default=None)  # the first of equals: the listing
    known = arxiv or shown
    assert known is not None, "a paper comes from at least one source"
    published = arxiv.published if arxiv else shown.published if shown else None
    links = find_links(arxiv.comment or "" if arxiv else "", known.abstract)
    return PaperRow(
        day=day,
        id=known.id,
        version=arxiv.version if arxiv else None,
        title=known.title,
        abstract=known.abstract,
        authors=known.authors,
        categories=arxiv.categories if arxiv else (),
        primary_category=arxiv.primary_category if arxiv else None,
        published=published,
        updated=arxiv.updated if arxiv else None,
        comment=arxiv.comment if arxiv else None,
        doi=arxiv.doi if arxiv else None,
        journal_ref=arxiv.journal_ref if arxiv else None,
        sources=tuple(
            name
            for name, given in (("arxiv_listing", listed), ("arxiv_topic_hits", hits), ("hf_daily_papers", shown))
            if given
        ),
        announce_type=listed.announce_type if listed else None,
        mailing=day if listed else hits[0].mailing if hits else calendar.find_mailing(published) if published else None,
        topics=tuple(sorted({hit.topic for hit in hits}, key=lambda topic: rank.get(topic, len(rank)))),
        hf_position=shown.position if shown else None,
        hf_upvotes=shown.upvotes if shown else None,
        hf_keywords=shown.ai_keywords if shown else (),
        organization=shown.organization if shown else None,
        code_url=(shown.code_url if shown else None) or links[0],
        project_url=(shown.project_url if shown else None) or links[1],
    )


def find_links(*texts: str) -> tuple[str | None, str | None]:
    """The first code repository and the first other page that the texts link, in their order."""
    urls = [url.rstrip(".,;:!?") for text in texts for url in _URL.findall(text)]
    code = next((match[0] for url in urls if (match := _CODE_HOSTS.match(url))), None)
    project = next((url for url in urls if not _CODE_HOSTS.match(url) and not _NOT_A_PROJECT.match(url)), None)
    return code, project
