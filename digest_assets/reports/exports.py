"""Exports: a day's papers for other programs, in `exports/YYYY-MM-DD/` of the data folder.

BibTeX, RIS and CSL-JSON for reference managers, CSV, Parquet and JSONL for tables and programs, notes for Obsidian. Whoever
adds a form adds a function to `EXPORTERS`.
"""

import io
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from digest_assets.archive.tables import SIMILAR_PAPERS, SimilarPaperRow
from digest_assets.common.arxiv_ids import ArxivId, build_paper_url
from digest_assets.common.atomic_write import write_atomically
from digest_assets.common.markdown import to_single_line
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PaperRow
from digest_assets.reports.bibtex import format_bibtex
from digest_assets.reports.citation_formats import format_csl_json, format_ris
from digest_assets.reports.edition import Edition, EditionEntry
from digest_assets.reports.load import load_editions
from digest_assets.reports.notes import EditionAndEntry, format_note, get_note_name
from digest_assets.reports.snippets import format_gist
from digest_assets.texts.spans import build_span_url
from digest_assets.warehouse import Warehouse

SCHEMA = pl.Schema(
    {
        "day": pl.Date(),
        "id": pl.String(),
        "version": pl.Int64(),
        "title": pl.String(),
        "authors": pl.List(pl.String()),
        "categories": pl.List(pl.String()),
        "published": pl.Datetime("us", "UTC"),
        "summary": pl.String(),
        "written_by": pl.String(),
        "read": pl.String(),
        "abstract": pl.String(),
        "reports": pl.List(pl.String()),
        "topics": pl.List(pl.String()),
        "hf_upvotes": pl.Int64(),
        "code_url": pl.String(),
        "project_url": pl.String(),
        "doi": pl.String(),
        "url": pl.String(),
    }
)
_FORMULA_START = r"^[=+\-@\t\r]"
# Ends of lines to Unicode and so to some readers; the others JSON escapes itself.
_LINE_ENDS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "\u0085\u2028\u2029"}
_NOTES = "notes"


@dataclass(frozen=True)
class DayExport:
    """What a day's files are made of: its editions, and the earlier papers near those that they show."""

    day: date
    editions: Sequence[Edition]
    similar: Sequence[SimilarPaperRow] = ()

    @cached_property
    def entries(self) -> Mapping[str, list[EditionAndEntry]]:
        """Each paper's entries in the editions, by id."""
        found: defaultdict[str, list[EditionAndEntry]] = defaultdict(list)
        for edition in self.editions:
            for entry in edition.papers:
                found[entry.paper.id].append((edition, entry))
        return dict(sorted(found.items()))

    @cached_property
    def papers(self) -> list[PaperRow]:
        """The papers, by id."""
        return [entries[0][1].paper for entries in self.entries.values()]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The papers, one row each."""
        return build_papers_frame(self.editions)

    def list_similar(self, id_: str) -> list[SimilarPaperRow]:
        """The earlier papers near one, the nearest first."""
        return sorted((row for row in self.similar if row.id == id_), key=lambda row: row.position)


Files = Mapping[str, bytes]  # by their paths in the day's folder


def _export_notes(export: DayExport) -> Files:
    return {
        f"{_NOTES}/{get_note_name(id_)}.md": format_note(entries, export.list_similar(id_)).encode()
        for id_, entries in export.entries.items()
    }


EXPORTERS: tuple[Callable[[DayExport], Files], ...] = (
    lambda export: {"papers.bib": format_bibliography(export.editions).encode()},
    lambda export: {"papers.csv": encode_csv(export.frame)},
    lambda export: {"papers.parquet": encode_parquet(export.frame)},
    lambda export: {"papers.ris": format_ris(export.papers).encode()},
    lambda export: {"papers.csl.json": format_csl_json(export.papers).encode()},
    lambda export: {"papers.jsonl": format_jsonl(export).encode()},
    _export_notes,
)


def export_day(warehouse: Warehouse, settings: Settings, day: date) -> list[PurePosixPath]:
    """Write a stored day's papers in every form; gives the files, relative to the data folder."""
    editions = [edition for _, edition in load_editions(warehouse, settings, day)]
    similar = SIMILAR_PAPERS.to_rows(warehouse.read(SIMILAR_PAPERS, [day]))
    return write_exports(DayExport(day, editions, similar), settings)


def write_exports(export: DayExport, settings: Settings) -> list[PurePosixPath]:
    """Write a day's papers in every form; notes of papers that the day no longer shows go."""
    folder = PurePosixPath("exports", export.day.isoformat())
    files = {folder / name: data for exporter in EXPORTERS for name, data in exporter(export).items()}
    for path, data in files.items():
        write_atomically(settings.data_dir / path, data, durable=False)  # hundreds, made again from the database
    for old in (settings.data_dir / folder / _NOTES).glob("*.md"):
        if folder / _NOTES / old.name not in files:
            with suppress(FileNotFoundError):  # another process was faster
                old.unlink()
    return list(files)


def format_jsonl(export: DayExport) -> str:
    """A line of JSON for each paper: what the tables have, its summaries with their claims, and what is near it."""
    rows = {row["id"]: row for row in export.frame.iter_rows(named=True)}
    lines = [
        {
            **rows[id_],
            "summaries": [_describe_summary(edition, entry) for edition, entry in entries],
            "similar": [row.model_dump(mode="json", exclude={"day", "id"}) for row in export.list_similar(id_)],
        }
        for id_, entries in export.entries.items()
    ]
    encoded = (json.dumps(line, ensure_ascii=False, default=_encode_value) for line in lines)
    return "".join(line.translate(_LINE_ENDS) + "\n" for line in encoded)


def _encode_value(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _describe_summary(edition: Edition, entry: EditionEntry) -> dict[str, Any]:
    read = ArxivId(entry.paper.id, entry.read_version or entry.paper.version)
    claims = entry.summary.claims if entry.summary else ()
    return {
        "report": edition.report,
        "language": edition.language,
        "written_by": entry.provenance.writer,
        "read": entry.provenance.read,
        "fields": entry.fields.model_dump(mode="json"),
        "claims": [
            {
                **claim.model_dump(mode="json", exclude={"spans"}),
                "spans": [
                    {**span.model_dump(mode="json"), "url": build_span_url(read, span.page, span.element)}
                    for span in claim.spans
                ],
            }
            for claim in claims
        ],
    }


def build_papers_frame(editions: Sequence[Edition]) -> pl.DataFrame:
    """The papers that a day's editions show, one row each, ordered by id; the summary is the first edition's."""
    rows: dict[str, dict[str, object]] = {}
    reports: dict[str, list[str]] = {}
    for edition in editions:
        for entry in edition.papers:
            paper = entry.paper
            rows.setdefault(
                paper.id,
                {
                    "day": edition.day,
                    "id": paper.id,
                    "version": paper.version,
                    "title": entry.title,
                    "authors": [to_single_line(name) for name in paper.authors],
                    "categories": list(paper.categories),
                    "published": paper.published,
                    "summary": format_gist(entry),
                    "written_by": entry.provenance.writer,
                    "read": entry.provenance.read,
                    "abstract": to_single_line(paper.abstract),
                    "reports": reports.setdefault(paper.id, []),
                    "topics": list(paper.topics),
                    "hf_upvotes": paper.hf_upvotes,
                    "code_url": paper.code_url,
                    "project_url": paper.project_url,
                    "doi": paper.doi,
                    "url": build_paper_url("abs", paper.id),
                },
            )
            reports[paper.id].append(edition.report)
    return pl.DataFrame(list(rows.values()), schema=SCHEMA, orient="row").sort("id")


def format_bibliography(editions: Sequence[Edition]) -> str:
    """The papers as BibTeX, ordered by id, each key once."""
    papers = {entry.paper.id: entry.paper for edition in editions for entry in edition.papers}
    entries: list[str] = []
    keys: set[str] = set()
    for _, paper in sorted(papers.items()):
        entry = format_bibtex(paper)
        key = entry[: entry.index(",")]
        if key in keys:  # two papers of the same author, year and first word
            entry = entry.replace(key, f"{key}-{paper.id.replace('/', '-')}", 1)
        keys.add(key)
        entries.append(entry)
    return "\n".join(entries)


def encode_csv(papers: pl.DataFrame) -> bytes:
    """The papers as CSV with a head; lists are joined by `; `.

    A text that a spreadsheet would take for a formula gets an apostrophe before it
    (https://owasp.org/www-community/attacks/CSV_Injection); Parquet holds it as it is.
    """
    lists = [name for name, kind in papers.schema.items() if isinstance(kind, pl.List)]
    texts = [name for name, kind in papers.schema.items() if kind == pl.String]
    flat = papers.with_columns(pl.col(lists).list.join("; "))
    columns = pl.col([*texts, *lists])
    safe = flat.with_columns(
        pl.when(columns.str.contains(_FORMULA_START)).then("'" + columns).otherwise(columns).name.keep()
    )
    return safe.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ").encode("utf-8")


def encode_parquet(papers: pl.DataFrame) -> bytes:
    """The papers as Parquet."""
    buffer = io.BytesIO()
    papers.write_parquet(buffer)
    return buffer.getvalue()
