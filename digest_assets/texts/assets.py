"""The asset `paper_texts`: the papers that a report shows, each read as deep as the deepest of its reports wants."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from digest_assets.common.markdown import build_markdown_table
from digest_assets.config.fields import Depth
from digest_assets.config.settings import Settings
from digest_assets.config.texts import PictureChoice
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.orchestration.day_table import IN_SHORT, build_day_table
from digest_assets.orchestration.paper_choice import parse_paper_choice
from digest_assets.orchestration.partitions import get_partition_days
from digest_assets.orchestration.table_asset import table_asset
from digest_assets.papers.tables import PAPERS
from digest_assets.texts.cache import PARSER_VERSION
from digest_assets.texts.reader import ReadRequest, ReadResult, read_papers
from digest_assets.texts.tables import PAPER_TEXTS, TextRow, is_picture_allowed, parse_text_rows
from digest_assets.warehouse import Warehouse, open_warehouse

GROUP = "texts"
_PREVIEW_ROWS = 20  # what fits a screen of the UI


class ReadingConfig(dg.Config):
    """What a run reads."""

    only: list[Any] = Field(
        [], description='Ids of the papers to read again, like ["2512.05117"]; the others\' rows stay. All, if empty.'
    )
    refresh: bool = Field(False, description="Ask the site again also for what was read before.")


@table_asset(PAPER_TEXTS, group=GROUP, kinds={"python"}, code_version=str(PARSER_VERSION), rate_limited=True)
def paper_texts(
    context: dg.AssetExecutionContext,
    config: ReadingConfig,
    settings: dg.ResourceParam[Settings],
    papers: pl.DataFrame,
    paper_groups: pl.DataFrame,
) -> pl.DataFrame:
    requests = build_read_requests(papers, paper_groups, settings.config.texts.pictures)
    unchanged: list[TextRow] = []
    only = parse_paper_choice(config.only)
    if only:
        unchanged = _select_unchanged(open_warehouse(settings), get_partition_days(context), requests, only)
    # A paper of the day that has no row yet is read too, so that the partition is whole.
    done = {(row.day, row.id) for row in unchanged}
    to_read = [request for request in requests if (request.day, request.id) not in done]
    missing = sorted(set(only) - {request.id for request in to_read})
    if missing:
        raise dg.Failure(
            f"no report of {', '.join(context.partition_keys)} shows {', '.join(missing)}: name papers of this day under "
            "`only`",
            allow_retries=False,
        )

    def log_progress(done: int, total: int, what: str) -> None:
        context.log.info("read %d of %d: %s", done, total, what)

    result = read_papers(to_read, settings, refresh=config.refresh, progress=log_progress)
    rows = [*unchanged, *result.rows]
    context.add_output_metadata(build_metadata(get_partition_days(context), rows, requests, result))
    return PAPER_TEXTS.to_frame(rows)


def build_read_requests(papers: pl.DataFrame, groups: pl.DataFrame, pictures: PictureChoice) -> list[ReadRequest]:
    """Every paper that a report shows, once a day, as deep as the deepest of its reports wants."""
    depths: dict[tuple[date, str], set[Depth]] = defaultdict(set)
    for row in PAPER_GROUPS.to_rows(groups):
        depths[row.day, row.id].add(row.reading_depth)
    return [
        ReadRequest(
            row.day,
            row.id,
            row.version,
            row.abstract,
            "full" if "full" in depth else "abstract",
            is_picture_allowed(pictures, row),
        )
        for row in PAPERS.to_rows(papers)
        if (depth := depths.get((row.day, row.id)))
    ]


def _select_unchanged(
    warehouse: Warehouse, days: Sequence[date], requests: Sequence[ReadRequest], only: Sequence[str]
) -> list[TextRow]:
    """The stored rows of the days' papers that are not among the ones to read again."""
    shown = {(request.day, request.id) for request in requests}
    stored = parse_text_rows(warehouse.read(PAPER_TEXTS, days))
    return [row for row in stored if row.id not in only and (row.day, row.id) in shown and not row.is_expired]


def build_metadata(
    days: Sequence[date], rows: Sequence[TextRow], requests: Sequence[ReadRequest], result: ReadResult
) -> dict[str, dg.MetadataValue]:
    """What somebody wants to see of a day's texts in five seconds."""
    full = {(request.day, request.id) for request in requests if request.depth == "full"}
    in_full = [row for row in rows if (row.day, row.id) in full]
    by_source = Counter(row.source for row in in_full)
    failed = [row for row in in_full if row.source == "abstract"]
    cells = {
        "papers": len(rows),
        "read in full": f"{len(in_full) - len(failed)}/{len(in_full)}",
        "failed": len(failed),
        "seconds": f"{result.seconds:.1f}",
    }
    return {
        IN_SHORT: build_day_table(days, cells),
        "papers": dg.MetadataValue.int(len(rows)),
        "wanted in full": dg.MetadataValue.int(len(in_full)),
        "read from HTML": dg.MetadataValue.int(by_source["html"]),
        "read from PDF": dg.MetadataValue.int(by_source["pdf"]),
        "abstract only, though wanted in full": dg.MetadataValue.int(len(failed)),
        "share read in full": dg.MetadataValue.float(
            round((len(in_full) - len(failed)) / len(in_full), 4) if in_full else 1.0
        ),
        "characters": dg.MetadataValue.int(sum(row.characters for row in rows)),
        "seconds": dg.MetadataValue.float(round(result.seconds, 2)),
        "requests": dg.MetadataValue.int(result.requests),
        "megabytes": dg.MetadataValue.float(round(result.bytes / 1e6, 2)),
        "pictures of first figures": dg.MetadataValue.int(sum(row.picture is not None for row in rows)),
        "from the cache": dg.MetadataValue.int(result.from_cache),
        "failures": dg.MetadataValue.md(_format_failures(failed)),
        "preview": dg.MetadataValue.md(_format_preview(in_full or rows)),
    }


def _format_failures(rows: Sequence[TextRow]) -> str:
    if not rows:
        return "none"
    lines = [(row.id, row.reason, "yes" if row.can_retry else "no") for row in rows]
    return build_markdown_table(("paper", "why only the abstract", "worth another try"), lines, max_rows=_PREVIEW_ROWS)


def _format_preview(rows: Sequence[TextRow]) -> str:
    lines = [
        (row.id, row.source, row.characters, row.pages, ", ".join(_list_roles(row)), row.reason)
        for row in rows[:_PREVIEW_ROWS]
    ]
    return build_markdown_table(
        ("paper", "source", "characters", "pages", "sections found", "note"), lines, max_rows=_PREVIEW_ROWS
    )


def _list_roles(row: TextRow) -> list[str]:
    return list(dict.fromkeys(section.role for section in row.sections if section.role != "other"))
