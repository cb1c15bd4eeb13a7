"""Whole days in a warehouse, as the site finds them: generated, or of the corpus' real papers."""

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from digest_assets.config.fields import FOR_YOU, FORMATS, ReportName
from digest_assets.config.settings import Settings
from digest_assets.groups.grouping import group_papers
from digest_assets.groups.tables import PAPER_GROUPS, PaperGroupRow
from digest_assets.papers.metadata import split_categories
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.relevance.personal import ReaderProfile
from digest_assets.relevance.scoring import score_day
from digest_assets.relevance.tables import RELEVANCE, RelevanceRow
from digest_assets.reports.tables import REPORTS, ReportRow
from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.summaries.requests import build_abstract_text
from digest_assets.summaries.tables import DAY_OVERVIEWS, PAPER_SUMMARIES, OverviewRow, SummaryRow, TracedNumber
from digest_assets.testing import row_factories
from digest_assets.texts.tables import PAPER_TEXTS, TextRow
from digest_assets.warehouse import Table, open_warehouse

WORDS = (
    "sparse", "dense", "neural", "causal", "robust", "latent", "graph", "visual", "spoken", "robotic", "tactile",
    "symbolic", "private", "federated", "quantum", "streaming", "compact", "adaptive", "recursive", "multilingual",
)  # fmt: skip


@dataclass(frozen=True)
class DayRows:
    """A day's rows of the tables that the site is made from."""

    day: date
    papers: Sequence[PaperRow]
    groups: Sequence[PaperGroupRow]
    summaries: Sequence[SummaryRow]
    texts: Sequence[TextRow] | None = None  # as if the HTML of every paper was read
    overviews: Sequence[OverviewRow] = ()
    relevance: Sequence[RelevanceRow] = ()

    def tables(self) -> dict[Table[Any], list[Any]]:
        """The rows by table, with one for each report that has a place for a paper."""
        texts = [row_factories.make_text(row.id, self.day) for row in self.papers] if self.texts is None else self.texts
        every = (*self.papers, *self.groups, *self.summaries, *texts, *self.overviews, *self.relevance)
        state = "\n".join(row.model_dump_json() for row in every)
        names = [name for name in (*FORMATS, FOR_YOU) if any(row.report == name for row in self.groups)]
        reports = [
            _make_report_row(self.day, name, self.groups, self.summaries, state)
            for name in names or ["category_digest"]
        ]
        return {
            PAPERS: list(self.papers),
            PAPER_GROUPS: list(self.groups),
            PAPER_TEXTS: list(texts),
            PAPER_SUMMARIES: list(self.summaries),
            DAY_OVERVIEWS: list(self.overviews),
            RELEVANCE: list(self.relevance),
            REPORTS: reports,
        }


def store_days(settings: Settings, *days: DayRows) -> None:
    """Write these days' tables."""
    tables: dict[Table[Any], list[Any]] = {}
    for rows in days:
        for table, found in rows.tables().items():
            tables.setdefault(table, []).extend(found)
    for table, found in tables.items():
        open_warehouse(settings).replace_days(table, [rows.day for rows in days], table.to_frame(found))


def remove_day(settings: Settings, day: date) -> None:
    """Empty a day's tables, its reports too."""
    tables: list[Table[Any]] = [PAPERS, PAPER_GROUPS, PAPER_TEXTS, PAPER_SUMMARIES, DAY_OVERVIEWS, REPORTS]
    for table in tables:
        open_warehouse(settings).replace_days(table, [day], table.to_frame())


def store_generated_day(settings: Settings, day: date, papers: int, **values: Any) -> Sequence[PaperRow]:
    """Store a day of so many papers; `values` change the first."""
    rows = generate_day(day, papers, **values)
    store_days(settings, rows)
    return rows.papers


def generate_day(day: date, papers: int, **values: Any) -> DayRows:
    """A day of so many papers, of which the first three stand in every report."""
    rows = [generate_paper(day, number, papers) for number in range(1, papers + 1)]
    if rows and values:
        rows[0] = rows[0].model_copy(update=values)
    groups: list[PaperGroupRow] = []
    summaries: list[SummaryRow] = []
    for report in FORMATS:
        shown = rows if report == "category_digest" else rows[:3]
        group = "avatar" if report == "topic_digest" else "cs.CV"
        groups += [
            row_factories.make_group_row(row.id, report, place, day, group=group) for place, row in enumerate(shown, 1)
        ]
        summaries += [row_factories.make_summary(row.id, report, day) for row in shown]
    overview = row_factories.make_overview(f"It is the day of [one](#{rows[0].id}v1).", day=day) if rows else None
    return DayRows(day, rows, groups, summaries, overviews=[overview] if overview else [])


def generate_paper(day: date, number: int, papers: int) -> PaperRow:
    """A paper whose words and fields follow from its day and number alone."""
    seed = hashlib.sha256(f"{day} {number}".encode()).digest()
    words = [WORDS[byte % len(WORDS)] for byte in seed[:12]]
    abstract = f"We study {' '.join(words)} models with $O(n^{seed[12] % 5})$ steps. They gain {seed[13]} points."
    return row_factories.make_paper(
        f"{day:%y%m}.{day.day * 1000 + number:05d}",
        day,
        title=f"{words[0].title()} {words[1]} learning of {words[2]} things",
        abstract=f"{abstract} {' '.join(words * 12)}.",
        authors=tuple(f"{WORDS[byte % len(WORDS)].title()} Author{byte}" for byte in seed[14:19]),
        categories=("cs.CV", "cs.LG") if number % 2 else ("cs.CL",),
        primary_category="cs.CV" if number % 2 else "cs.CL",
        topics=("avatar",) if number <= 3 else (),
        hf_position=number if number <= papers // 10 else None,
        hf_upvotes=seed[20] if number <= papers // 10 else None,
        code_url="https://github.com/somebody/something" if number % 3 == 0 else None,
    )


def store_corpus_day(settings: Settings, corpus: Path, day: date, reader: ReaderProfile | None = None) -> int:
    """Store a day of the corpus: its mailing, its Hugging Face page, and summaries of the abstracts' own sentences; with
    the report of a reader, if one is given.
    """
    lines = gzip.decompress((corpus / "arxiv" / f"{day}.jsonl.gz").read_bytes()).decode().splitlines()
    listed = [json.loads(line) for line in lines]
    page = {item["paper"]["id"]: item["paper"] for item in json.loads((corpus / "hf" / f"{day}.json").read_text())}
    places = {paper: place for place, paper in enumerate(page, 1)}
    rows: dict[str, PaperRow] = {}
    for item in listed:
        rows[item["id"]] = _build_arxiv_paper(day, item)
    for paper, item in page.items():
        rows[paper] = _add_hf_entry(day, rows.get(paper), item, places[paper])
    kept = list(rows.values())
    topics = {
        name: [row for row in kept if name.lower() in f"{row.title} {row.abstract}".lower()][:5]
        for name in ("Gaussian Splatting", "avatar", "video understanding")
    }
    found = {row.id: tuple(name for name, hits in topics.items() if row in hits) for row in kept}
    kept = [row.model_copy(update={"topics": found[row.id]}) for row in kept]
    vision = [row for row in kept if row.primary_category == "cs.CV"][:10]
    first = ("cs.CV", "cs.CY", "cs.IR", "cs.LG", "cs.AI")
    shown: dict[ReportName, dict[str, list[PaperRow]]] = {
        "topic_digest": topics,
        "daily_table": {"Hugging Face": [rows[paper] for paper in page]},
        "field_review": {"Computer Vision": vision},
        "category_digest": {name: [row for row in kept if row.primary_category == name] for name in first},
        "deep_read": {"Hugging Face": [rows[paper] for paper in page]},
    }
    groups, summaries = _make_groups_and_summaries(day, shown)
    links = " and ".join(f"[{row.title.split(':')[0]}](#{row.id}v{row.version or 1})" for row in vision[:3])
    overview = row_factories.make_overview(
        f"**The day in vision.** {len(vision)} papers were reviewed, among them {links}.\n\n- First, speed.\n- Then, $O(n)$.",
        day=day,
    )
    texts = [
        row_factories.make_text(row.id, day, source="html" if number % 4 else "pdf") for number, row in enumerate(kept)
    ]
    relevance = score_day(day, kept, [reader]) if reader else []
    own = group_papers(day, kept, settings.config.reports, sources=frozenset(), relevance=relevance)
    by_id = {row.id: row for row in kept}
    summaries += [_make_extractive_summary(by_id[row.id], FOR_YOU, day) for row in own]
    store_days(settings, DayRows(day, kept, [*groups, *own], summaries, texts, [overview], relevance))
    return len(kept)


def _build_arxiv_paper(day: date, item: Mapping[str, Any]) -> PaperRow:
    categories, classes = split_categories((item["primary_category"], *item["categories"]))
    return row_factories.make_paper(
        item["id"],
        day,
        **{
            key: item[key]
            for key in ("version", "title", "abstract", "primary_category", "published", "comment", "doi")
        },
        authors=tuple(item["authors"]),
        categories=categories,
        subject_classes=classes,
    )


def _add_hf_entry(day: date, row: PaperRow | None, item: Mapping[str, Any], place: int) -> PaperRow:
    values = {
        "hf_position": place,
        "hf_upvotes": item.get("upvotes", 0),
        "code_url": item.get("githubRepo"),
        "hf_keywords": tuple(item.get("ai_keywords") or ()),
    }
    if row is not None:
        return row.model_copy(update=values)
    return row_factories.make_paper(
        item["id"],
        day,
        version=None,
        title=" ".join(item["title"].split()),
        abstract=" ".join(item["summary"].split()),
        authors=tuple(author["name"] for author in item["authors"]),
        categories=(),
        primary_category=None,
        published=item["publishedAt"],
        sources=("hf_daily_papers",),
        announce_type=None,
        mailing=None,
        **values,
    )


def _make_groups_and_summaries(
    day: date, shown: Mapping[ReportName, Mapping[str, Sequence[PaperRow]]]
) -> tuple[list[PaperGroupRow], list[SummaryRow]]:
    groups: list[PaperGroupRow] = []
    summaries: dict[tuple[str, str], SummaryRow] = {}
    for report, parts in shown.items():
        for order, (name, rows) in enumerate(parts.items(), 1):
            for place, row in enumerate(rows, 1):
                groups.append(
                    row_factories.make_group_row(row.id, report, place, day, group=name, group_position=order)
                )
                summaries[row.id, report] = _make_extractive_summary(row, report, day)
    return groups, list(summaries.values())


def _make_extractive_summary(row: PaperRow, report: ReportName, day: date) -> SummaryRow:
    figures = (
        TracedNumber(field="results", text="97%", status="found", source="97 %"),
        TracedNumber(field="results", text="3.2x", status="missing"),
    )
    filled = extract_summary(report, row, build_abstract_text(row))
    return row_factories.make_summary(row.id, report, day).model_copy(
        update={"fields": filled.model_dump_json(), "numbers": figures, "numbers_traced": 1}
    )


def _make_report_row(
    day: date, name: ReportName, groups: Sequence[PaperGroupRow], summaries: Sequence[SummaryRow], state: str
) -> ReportRow:
    papers = {row.id for row in groups if row.report == name}
    in_full = any(row.reading_depth == "full" for row in groups if row.report == name)
    mine = [row for row in summaries if row.report == name]
    return ReportRow(
        day=day,
        report=name,
        language="en",
        path=f"reports/{day}/{name}.md",
        sha256=hashlib.sha256(state.encode()).hexdigest(),
        bytes=len(state),
        papers=len(papers),
        read_in_full=max(0, len(papers) - 1) if in_full else 0,
        requested_in_full=len(papers) if in_full else 0,
        failures=0,
        numbers_traced=sum(row.numbers_traced for row in mine),
        numbers_total=sum(row.numbers_total for row in mine),
        cost_usd=0.001 * len(mine),
    )
