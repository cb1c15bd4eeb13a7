"""Exports: a day's papers for other programs as BibTeX, CSV and Parquet, in `exports/YYYY-MM-DD/` of the data folder."""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import PurePosixPath

import polars as pl

from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.common.atomic_write import write_atomically
from digest_assets.common.markdown import to_single_line
from digest_assets.config.settings import Settings
from digest_assets.reports.bibtex import format_bibtex
from digest_assets.reports.edition import Edition
from digest_assets.reports.snippets import format_gist

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


def write_exports(day: date, editions: Sequence[Edition], settings: Settings) -> list[PurePosixPath]:
    """Write a day's papers in the three forms; gives the files, relative to the data folder."""
    papers = build_papers_frame(editions)
    folder = PurePosixPath("exports", day.isoformat())
    files = {
        folder / "papers.bib": format_bibliography(editions).encode("utf-8"),
        folder / "papers.csv": encode_csv(papers),
        folder / "papers.parquet": encode_parquet(papers),
    }
    for path, data in files.items():
        write_atomically(settings.data_dir / path, data)
    return list(files)


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
