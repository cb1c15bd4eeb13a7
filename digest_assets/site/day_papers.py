"""Where a day's papers stand: those that a report reads in full on pages of their own, the others whole on pages of the day."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from digest_assets.reports import urls
from digest_assets.site.manifest import rank_papers
from digest_assets.site.paper_history import PaperHistory, PublishedDay

# A paper whole takes about 1 kB compressed, and no page shall be over 300 kB. A category of fewer than ten would be a file
# for hardly anything.
PAPERS_PER_PAGE, _MIN_OF_CATEGORY = 100, 10
_REST = "others"


@dataclass(frozen=True, slots=True)
class PapersPage:
    """A page of papers that no report of any day reads in full, in the day's order."""

    page: str
    name: str
    papers: tuple[PaperHistory, ...]


@dataclass(frozen=True, slots=True)
class DayPapers:
    """A day's pages of papers, and the address of each paper that the site has, relative to its folder."""

    pages: tuple[PapersPage, ...]
    addresses: Mapping[str, str]


def arrange_papers(day: PublishedDay) -> DayPapers:
    """All on one page where there are few, else a page for each category, in parts where it is large."""
    short = [history for history in rank_papers(day) if not history.has_page]
    groups: dict[str, list[PaperHistory]] = {}
    if len(short) <= PAPERS_PER_PAGE:
        groups = {"all": short} if short else {}
    else:
        counts = Counter(_get_category(history) for history in short)
        for history in short:
            category = _get_category(history)
            groups.setdefault(category if counts[category] >= _MIN_OF_CATEGORY else _REST, []).append(history)
    pages = []
    for name in sorted(groups, key=lambda name: (name == _REST, name)):
        papers = groups[name]
        for number, first in enumerate(range(0, len(papers), PAPERS_PER_PAGE), 1):
            part = tuple(papers[first : first + PAPERS_PER_PAGE])
            suffix = f"-{number}" if len(papers) > PAPERS_PER_PAGE else ""
            title = f"{name}, {first + 1} to {first + len(part)}" if suffix else name
            pages.append(PapersPage(urls.papers_page(day.day, urls.slugify(name) + suffix), title, part))
    addresses = {id_: urls.paper_page(id_) for id_ in day.with_page}
    addresses |= {history.paper.id: f"{page.page}#{history.paper.id}" for page in pages for history in page.papers}
    return DayPapers(tuple(pages), addresses)


def _get_category(history: PaperHistory) -> str:
    return history.paper.primary_category or _REST
