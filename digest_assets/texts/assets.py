"""Dagster's view of the texts: the papers that a report shows, each read as deep as its deepest place wants."""

from collections import Counter
from collections.abc import Sequence

import dagster as dg
import polars as pl
from pydantic import Field

from digest_assets.common.markdown import build_markdown_table
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.orchestration.table_asset import get_partition_days, table_asset
from digest_assets.papers.tables import PAPERS
from digest_assets.texts.cache import PARSER_VERSION
from digest_assets.texts.reader import ReadRequest, ReadResult, read_papers
from digest_assets.texts.tables import PAPER_TEXTS, TextRow
from digest_assets.warehouse import open_warehouse

GROUP = "texts"
_SHOWN = 20  # rows of a table in the metadata


class ReadingConfig(dg.Config):
    """What a run reads."""

    only: list[str] = Field([], description="Ids of the papers to read again; the others' rows stay. All, if empty.")
    refresh: bool = Field(False, description="Ask the site again also for what was read before.")


@table_asset(PAPER_TEXTS, group=GROUP, kinds={"python"}, code_version=str(PARSER_VERSION), rate_limited=True)
def paper_texts(
    context: dg.AssetExecutionContext,
    config: ReadingConfig,
    settings: dg.ResourceParam[Settings],
    papers: pl.DataFrame,
    paper_groups: pl.DataFrame,
) -> pl.DataFrame:
    wanted = build_read_requests(papers, paper_groups)
    kept: list[TextRow] = []
    if config.only:
        before = PAPER_TEXTS.to_rows(open_warehouse(settings).read(PAPER_TEXTS, get_partition_days(context)))
        known = {(paper.day, paper.id) for paper in wanted}
        kept = [row for row in before if row.id not in config.only and (row.day, row.id) in known]
        # A paper of the day that has no row yet is read too, so that the partition is whole.
        had = {(row.day, row.id) for row in kept}
        wanted = [paper for paper in wanted if (paper.day, paper.id) not in had]
        missing = sorted(set(config.only) - {paper.id for paper in wanted})
        if missing:
            raise dg.Failure(f"no report of {', '.join(context.partition_keys)} shows {', '.join(missing)}")

    def progress(done: int, total: int, what: str) -> None:
        context.log.info("read %d of %d: %s", done, total, what)

    reading = read_papers(wanted, settings, refresh=config.refresh, progress=progress)
    rows = [*kept, *reading.rows]
    context.add_output_metadata(build_metadata(rows, build_read_requests(papers, paper_groups), reading))
    return PAPER_TEXTS.to_frame(rows)


def build_read_requests(papers: pl.DataFrame, groups: pl.DataFrame) -> list[ReadRequest]:
    """Every paper that a report shows, once a day, as deep as its deepest place wants."""
    full = {(row.day, row.id) for row in PAPER_GROUPS.to_rows(groups) if row.reading_depth == "full"}
    shown = {(row.day, row.id) for row in PAPER_GROUPS.to_rows(groups)}
    return [
        ReadRequest(row.day, row.id, row.version, row.abstract, "full" if (row.day, row.id) in full else "abstract")
        for row in PAPERS.to_rows(papers)
        if (row.day, row.id) in shown
    ]


def build_metadata(
    rows: Sequence[TextRow], wanted: Sequence[ReadRequest], reading: ReadResult
) -> dict[str, dg.MetadataValue]:
    """What somebody wants to see of a day's texts in five seconds."""
    full = {(paper.day, paper.id) for paper in wanted if paper.depth == "full"}
    asked = [row for row in rows if (row.day, row.id) in full]
    by_source = Counter(row.source for row in asked)
    failed = [row for row in asked if row.source == "abstract"]
    return {
        "papers": dg.MetadataValue.int(len(rows)),
        "wanted in full": dg.MetadataValue.int(len(asked)),
        "read from HTML": dg.MetadataValue.int(by_source["html"]),
        "read from PDF": dg.MetadataValue.int(by_source["pdf"]),
        "abstract only, though wanted in full": dg.MetadataValue.int(len(failed)),
        "share read in full": dg.MetadataValue.float((len(asked) - len(failed)) / len(asked) if asked else 1.0),
        "characters": dg.MetadataValue.int(sum(row.characters for row in rows)),
        "seconds": dg.MetadataValue.float(round(reading.seconds, 2)),
        "requests": dg.MetadataValue.int(reading.requests),
        "megabytes": dg.MetadataValue.float(round(reading.bytes / 1e6, 2)),
        "from the cache": dg.MetadataValue.int(reading.from_cache),
        "failures": dg.MetadataValue.md(_format_failures(failed)),
        "preview": dg.MetadataValue.md(_format_preview(asked or rows)),
    }


def _format_failures(rows: Sequence[TextRow]) -> str:
    if not rows:
        return "none"
    lines = [(row.id, row.reason, "yes" if row.can_retry else "no") for row in rows]
    return build_markdown_table(("paper", "why only the abstract", "worth another try"), lines, max_rows=_SHOWN)


def _format_preview(rows: Sequence[TextRow]) -> str:
    lines = [
        (row.id, row.source, row.characters, row.pages, ", ".join(_list_roles(row)), row.reason)
        for row in rows[:_SHOWN]
    ]
    return build_markdown_table(
        ("paper", "source", "characters", "pages", "sections found", "note"), lines, max_rows=_SHOWN
    )


def _list_roles(row: TextRow) -> list[str]:
    return list(dict.fromkeys(section.role for section in row.sections if section.role != "other"))
