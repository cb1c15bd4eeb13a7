"""A small archive of stored days, as `answers` finds it: papers with texts, tables, summaries, reports and what changed."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from digest_assets.archive.tables import SIMILAR_PAPERS, SimilarPaperRow
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS, PaperChangeRow, PaperRow
from digest_assets.relevance.tables import RELEVANCE, RelevanceRow
from digest_assets.reports.tables import REPORTS, ReportRow
from digest_assets.reports.write import get_report_path
from digest_assets.summaries.requests import build_request
from digest_assets.summaries.summarize import make_summaries
from digest_assets.summaries.tables import CLAIMS, PAPER_SUMMARIES, ClaimRow
from digest_assets.testing.row_factories import FRIDAY, make_paper, make_text
from digest_assets.texts.tables import PAPER_TEXTS, Section, StoredCell, StoredPlace, StoredTable, TextRow
from digest_assets.warehouse import Table, open_warehouse
from digest_assets.weekly.tables import WEEKLY, WeeklyRow
from digest_assets.weekly.write import get_week_path

MONDAY = FRIDAY + timedelta(days=3)
LANTERN, BRIDGE, TIDE = "2512.00001", "2512.00002", "2512.00003"


def make_archive() -> tuple[list[PaperRow], list[TextRow]]:
    """Three papers of two days: one read from HTML with a table, one from PDF, one known by its abstract alone."""
    papers = [
        make_paper(
            LANTERN,
            title="Lantern: a filter for maps at night",
            abstract="Maps drawn at night are blurred. We propose Lantern, a filter that learns from pairs of shots.",
            authors=("Ada Example", "Ben Sample"),
        ),
        make_paper(
            BRIDGE,
            title="Bridges that listen",
            abstract="We attach microphones to bridges and hear cracks before they are seen.",
            authors=("Cleo Model",),
            categories=("eess.AS", "cs.SD"),
            primary_category="eess.AS",
        ),
        make_paper(
            TIDE,
            MONDAY,
            title="Tides of a lagoon",
            abstract="A tide gauge made of cork predicts floods of the lagoon three hours ahead.",
            authors=("Ada Example",),
            categories=("physics.ao-ph",),
            primary_category="physics.ao-ph",
        ),
    ]
    return papers, [make_lantern_text(), make_bridge_text()]


def make_lantern_text() -> TextRow:
    table = "Table 1: Accuracy on NightMaps.\n\nMethod | Accuracy (%)\nDimNet | 58.2\nLantern | 61.5"
    sections = (
        make_section("abstract", "Abstract", "We propose Lantern, a filter that learns from pairs of shots."),
        make_section("method", "Training", "The filter is trained for seven epochs on four cards.", "3.1"),
        make_section("results", "Experiments", f"We compare with DimNet.\n\n{table}", "4"),
    )
    places = [StoredPlace(section=n, start=0, page=None, element=f"S{n}.p1") for n in range(len(sections))]
    stored = StoredTable(
        caption="Table 1: Accuracy on NightMaps.",
        page=None,
        rows=(("Method", "Accuracy (%)"), ("DimNet", "58.2"), ("Lantern", "61.5")),
        cells=(
            make_cell(1, "DimNet", 58.2),
            make_cell(2, "Lantern", 61.5),
        ),
        element="S2.T1",
    )
    return make_text(LANTERN, version=2, sections=sections, places=places, tables=(stored,), characters=300)


def make_cell(row: int, label: str, value: float) -> StoredCell:
    return StoredCell(
        row=row,
        column=1,
        text=str(value),
        heads=("Accuracy (%)",),
        row_label=label,
        value=value,
        unit="%",
        emphasis="",
    )


def make_bridge_text() -> TextRow:
    sections = (
        make_section("abstract", "Abstract", "We attach microphones to bridges and hear cracks before they are seen."),
        make_section("limitations", "Limitations", "Heavy rain drowns the sound of small cracks.", "6"),
    )
    places = [StoredPlace(section=1, start=0, page=9, element="")]
    return make_text(BRIDGE, source="pdf", sections=sections, places=places, characters=100, pages=10)


def make_section(role: Any, heading: str, text: str, number: str = "") -> Section:
    return Section(role=role, level=1, heading=heading, text=text, number=number)


def store_archive(settings: Settings, papers: Sequence[PaperRow], texts: Sequence[TextRow]) -> None:
    """Write the papers' days: texts, extractive summaries, a report each, a week's, a change, what is near, relevance."""
    read = {text.id: text for text in texts}
    requests = [
        build_request(paper, read.get(paper.id), "category_digest", "en", settings.config.reports) for paper in papers
    ]
    first, last = papers[0], papers[-1]
    change = PaperChangeRow(
        day=last.day,
        id=first.id,
        version=2,
        earlier_version=1,
        earlier_day=first.day,
        title=first.title,
        earlier_title="Lamp",
        added_numbers=("61.5",),
        removed_numbers=("60",),
    )
    near = SimilarPaperRow(
        day=last.day,
        id=last.id,
        position=1,
        similar_id=first.id,
        similar_title=first.title,
        similar_day=first.day,
        similarity=0.25,
        kinship="near",
        shared_authors=1,
    )
    scores = {paper.id: 0.1 * place for place, paper in enumerate(papers, 1)}
    relevance = [
        RelevanceRow(
            day=paper.day,
            reader="",
            id=paper.id,
            position=1,
            score=scores[paper.id],
            prior=0.1,
            similarity=0.1,
            reason="near a paper of your library",
            is_personal=True,
        )
        for paper in papers
    ]
    reports = [make_report(settings, day, papers) for day in sorted({paper.day for paper in papers})]
    summaries = make_summaries(requests, settings).rows
    claims = [
        ClaimRow(day=row.day, id=row.id, report=row.report, language=row.language, position=place, **dict(claim))
        for row in summaries
        for place, claim in enumerate(row.claims)
    ]
    tables: dict[Table[Any], Sequence[Any]] = {
        PAPERS: papers,
        PAPER_TEXTS: texts,
        PAPER_SUMMARIES: summaries,
        CLAIMS: claims,
        REPORTS: reports,
        WEEKLY: [make_week(settings, first.day - timedelta(days=first.day.weekday()))],
        PAPER_CHANGES: [change],
        SIMILAR_PAPERS: [near],
        RELEVANCE: relevance,
    }
    for table, rows in tables.items():
        days = sorted({row.day for row in rows})
        open_warehouse(settings).replace_days(table, days, table.to_frame(rows))


def make_report(settings: Settings, day: date, papers: Sequence[PaperRow]) -> ReportRow:
    path = settings.data_dir / get_report_path(day, "category_digest")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(f"## {paper.title}\n\n{paper.abstract}" for paper in papers if paper.day == day), "utf-8")
    return ReportRow(
        day=day,
        report="category_digest",
        language="en",
        path=str(get_report_path(day, "category_digest")),
        sha256="0",
        bytes=1,
        papers=1,
        read_in_full=1,
        requested_in_full=1,
        failures=0,
        numbers_traced=1,
        numbers_total=1,
        cost_usd=0,
    )


def make_week(settings: Settings, monday: date) -> WeeklyRow:
    path = settings.data_dir / get_week_path(monday)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# The week", "utf-8")
    return WeeklyRow(
        day=monday, language="en", path=str(get_week_path(monday)), sha256="0", bytes=1, days=1, announced=2, papers=0
    )
