"""Site pages of one day: the day itself, its reports, its papers. Templates get plain data and filters that escape."""

import calendar
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.common.dates import format_long_date
from digest_assets.common.markdown import normalize_names
from digest_assets.papers.tables import PaperRow
from digest_assets.reports import urls
from digest_assets.reports.bibtex import format_bibtex
from digest_assets.reports.changes import describe_change
from digest_assets.reports.edition import Edition, EditionEntry, EditionGroup
from digest_assets.reports.labels import get_display_name
from digest_assets.reports.snippets import format_gist, format_plain, shorten
from digest_assets.reports.summary_sections import build_sections
from digest_assets.reports.tables import ReportRow
from digest_assets.site.day_papers import PAPERS_PER_PAGE, DayPapers
from digest_assets.site.evidence import list_sentences
from digest_assets.site.files import SiteFolder
from digest_assets.site.html import overview_html, summary_html, text_html
from digest_assets.site.manifest import DayRecord, OverviewRecord, make_headline, rank_papers
from digest_assets.site.paper_history import PaperHistory, PublishedDay

_STATIC = "static"
_WITH_GIST = 300  # papers of a day's list that have a gist: with a thousand the page would be over 300 kB compressed


def write_static(folder: SiteFolder) -> None:
    """The style sheet, scripts and faces that every page uses; what an earlier release had besides goes."""
    files = {f"{_STATIC}/{source.name}": source.read_bytes() for source in _list_package_files("static")}
    for name, content in files.items():
        folder.write(name, content)
    for name in folder.list_files(_STATIC):
        if name not in files:
            folder.remove(name)


def hash_sources(followed: Sequence[str] = ()) -> str:
    """What changes when a page would look different though its data did not."""
    digest = hashlib.sha256(" ".join(followed).encode())
    for source in (*_list_package_files("static"), *_list_package_files("templates"), *_list_package_files("")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def write_page(folder: SiteFolder, here: str, template: str, **values: Any) -> None:
    """Render a template as the page `here`, which knows its own address where the site is served."""
    address = None if folder.address is None else folder.address + here.removesuffix("index.html")
    page = {"here": here, "root": urls.relative_root(here), "address": address} | values
    folder.write(here, _make_environment().get_template(template).render(page))


def write_day(
    folder: SiteFolder, day: PublishedDay, record: DayRecord, arranged: DayPapers, followed: Sequence[str]
) -> set[str]:
    """The pages of a day, its reports and its papers; the names of those in the day's own folders."""
    items = [make_headline(history, day.day, arranged.addresses) for history in rank_papers(day)]
    write_page(
        folder,
        urls.day_page(day.day),
        "day.html",
        day=day,
        record=record,
        month=f"{day.day:%Y-%m}",
        overview=render_overview(record.overview, urls.day_page(day.day)),
        items=items,
        brief=[
            item.model_copy(update={"gist": ""}) if place >= _WITH_GIST else item for place, item in enumerate(items)
        ],
        papers_pages=arranged.pages,
    )
    written = {urls.day_page(day.day)}
    for part in arranged.pages:
        write_page(
            folder, part.page, "papers.html", day=day.day, part=part, pages=arranged.pages, list_links=_list_links
        )
        written.add(part.page)
    rows = {row.report: row for row in day.reports}
    for tab in record.tabs:
        editions = [one for one in day.editions if tab.report in (one.report, record.same_lists.get(one.report))]
        found = [rows[edition.report] for edition in editions]
        written |= write_report(folder, editions, found, record.tabs, arranged.addresses)
    for history in day.papers:
        write_paper(folder, history, followed)
    return written


def write_report(
    folder: SiteFolder,
    editions: Sequence[Edition],
    reports: Sequence[ReportRow],
    tabs: Sequence[ReportRow],
    addresses: Mapping[str, str],
) -> set[str]:
    """A report's page of a day, in parts where it is long; their names. The first names all that the others hold.

    Reports that list the same papers are one page, under the address of each: each paper once, with what every one of
    them says.
    """
    edition = editions[0]
    overview = edition.overview
    parts = _split_groups(edition)
    part_of = {id(entry): part for part, groups in enumerate(parts) for _, _, found in groups for entry in found}
    others = [(other, {entry.anchor: entry for entry in other.papers}) for other in editions[1:]]
    anchors = {entry.anchor: f"#{entry.anchor}" for entry in edition.papers}
    names_of = [[urls.report_page(one.day, one.report, part + 1) for part in range(len(parts))] for one in editions]
    for names, (part, groups) in itertools.product(names_of, enumerate(parts)):
        write_page(
            folder,
            names[part],
            "report.html",
            address=folder.address and folder.address + names_of[0][part],
            edition=edition,
            reports=reports,
            tabs=tabs,
            others_of=lambda entry: [(other, entries[entry.anchor]) for other, entries in others],
            overview=overview_html(overview.markdown, anchors) if overview and overview.markdown.strip() else None,
            first={entry.anchor: entry for entry in edition.papers},
            groups=groups,
            number=part + 1,
            names=names,
            page_of=lambda entry, names=names: names[part_of[id(entry)]],
            addresses=addresses,
        )
    return {name for names in names_of for name in names}


def _split_groups(edition: Edition) -> list[list[tuple[int, EditionGroup, tuple[EditionEntry, ...]]]]:
    """The groups' entries over pages of so many: on each page, a group's number, the group, and its entries there."""
    parts: list[list[tuple[int, EditionGroup, tuple[EditionEntry, ...]]]] = [[]]
    left = PAPERS_PER_PAGE
    for number, group in enumerate((group for group in edition.groups if group.entries), 1):
        rest = group.entries
        while rest:
            if not left:
                parts.append([])
                left = PAPERS_PER_PAGE
            parts[-1].append((number, group, rest[:left]))
            rest, left = rest[left:], left - len(rest[:left])
    return parts


def write_paper(folder: SiteFolder, history: PaperHistory, followed: Sequence[str]) -> None:
    """A paper's page: all that the published days say about it. One that has none loses the page that it had."""
    paper = history.paper
    if not history.has_page:
        remove_paper(folder, paper.id)
        return
    versions = {row.version: row for row in history.rows if row.version}
    days = [(row.day, history.list_appearances(row.day)) for row in history.rows]
    if history.figure is None:
        folder.remove(urls.paper_picture(paper.id))
    else:
        folder.write(urls.paper_picture(paper.id), history.figure.picture.data)
    write_page(
        folder,
        urls.paper_page(paper.id),
        "paper.html",
        paper=paper,
        upvotes=history.upvotes,
        figure=history.figure,
        summaries=history.list_summaries(),
        changes=[(row, describe_change(row)) for row in history.changes],
        similar=history.list_similar(),
        versions=[versions[number] for number in sorted(versions, reverse=True)],
        days=days,
        topics=list(dict.fromkeys(name for row in history.rows for name in history.list_topics(row.day))),
        links=_list_links(history),
        followed=followed,
        bibtex=format_bibtex(paper),
        picture=folder.address and history.figure and folder.address + urls.paper_picture(paper.id),
    )


def remove_paper(folder: SiteFolder, paper_id: str) -> None:
    """Remove a paper's page and picture, if it has them."""
    folder.remove(urls.paper_page(paper_id))
    folder.remove(urls.paper_picture(paper_id))


def render_overview(overview: OverviewRecord | None, here: str) -> Markup | None:
    """A stored executive summary, its links leading from the page `here` to the papers' own pages."""
    if overview is None:
        return None
    root = urls.relative_root(here)
    return overview_html(
        overview.markdown, {anchor: urls.resolve(root, address) for anchor, address in overview.anchors.items()}
    )


def make_heat_scale(max_papers: int) -> Any:
    """A function that gives a count's shade, 0 to 3, on a calendar whose fullest day has `max_papers`."""
    return lambda papers: min(3, 4 * papers // (max_papers + 1)) if max_papers else 0


def _list_links(history: PaperHistory, paper: PaperRow | None = None) -> list[tuple[str, str]]:
    """Where a paper is elsewhere, as all days have it; as one day has it, where its row is given."""
    rows = history.rows if paper is None else (paper,)
    paper = rows[0]
    version = f"v{paper.version}" if paper.version else ""
    links = [
        ("arXiv", build_paper_url("abs", f"{paper.id}{version}")),
        ("PDF", build_paper_url("pdf", f"{paper.id}{version}")),
    ]
    if any(row.hf_position is not None for row in rows):
        links.append(("Hugging Face", f"https://huggingface.co/papers/{paper.id}"))
    columns = (("Code", "code_url"), ("Project", "project_url"))
    newest = [(name, next((url for row in rows if (url := getattr(row, key))), None)) for name, key in columns]
    return links + [(name, urls.encode_address(url)) for name, url in newest if url and urls.is_web_address(url)]


@cache
def _make_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("digest_assets.site"),
        autoescape=True,
        auto_reload=False,  # a build does not change its form midway
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "text_html": text_html,
        "summary_html": lambda text, by_model: summary_html(text, by_model=by_model),
        "names": normalize_names,
        "sections": build_sections,
        "gist": format_gist,
        "sentences": list_sentences,
        "plain": format_plain,
        "shorten": shorten,
        "changes": describe_change,
        "report_title": get_display_name,
        "long_date": format_long_date,
        "short_date": lambda day: f"{day.day} {day:%B}",
        "month_name": format_month,
        "weeks": _list_weeks,
        "bibtex": format_bibtex,
        "count": lambda number: f"{number:,}",
        "usd": lambda amount: f"${amount:,.2f}",
    }
    environment.globals |= {"urls": urls, "build_paper_url": build_paper_url}
    return environment


def format_month(month: str) -> str:
    """`2025-12` in words."""
    return f"{calendar.month_name[int(month[5:])]} {month[:4]}"


def _list_weeks(month: str) -> list[list[date | None]]:
    """A month's weeks from Monday; None for the days of other months."""
    weeks = calendar.Calendar().monthdatescalendar(int(month[:4]), int(month[5:]))
    return [[day if day.month == int(month[5:]) else None for day in week] for week in weeks]


def _list_package_files(folder: str) -> list[Any]:
    root = resources.files("digest_assets.site")
    found = (root / folder if folder else root).iterdir()
    return sorted((entry for entry in found if entry.is_file()), key=lambda entry: entry.name)
