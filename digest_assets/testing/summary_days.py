"""Stored days that wait for their summaries: papers, groups and texts; and the assets materialised on them."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.groups.tables import PAPER_GROUPS, PaperGroupRow
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import daily_partitions
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.summaries.assets import day_overviews, paper_summaries
from digest_assets.summaries.estimate import load_requests
from digest_assets.summaries.summarize import Summaries, make_summaries
from digest_assets.summaries.tables import DAY_OVERVIEWS, PAPER_SUMMARIES, OverviewRow, SummaryRow
from digest_assets.tables import ASSET_TABLES
from digest_assets.testing.stored_once import fill_database
from digest_assets.texts.tables import PAPER_TEXTS, Section, TextRow
from digest_assets.warehouse import open_warehouse

DAY = date(2025, 12, 5)


def make_numbered_paper(number: int, day: date = DAY, **values: Any) -> PaperRow:
    """A paper whose abstract has numbers of its own."""
    given: dict[str, Any] = {
        "day": day,
        "id": f"2512.{number:05d}",
        "version": 1,
        "title": f"Lanterns of kind {number} for night-time maps",
        "abstract": (
            f"Maps drawn at night are blurred. We propose Lantern-{number}, a filter that learns from pairs of shots. "
            f"It reaches {60 + number % 30}.5% accuracy on NightMaps, {2 + number % 7}.3 points above the best baseline. "
            "The code is public. This makes night-time mapping practical for small teams."
        ),
        "authors": ("Ada Example", "Ben Sample"),
        "categories": ("cs.CV", "cs.RO"),
        "primary_category": "cs.CV",
        "published": datetime(2025, 12, 4, 12, tzinfo=UTC),
        "sources": ("arxiv_listing",),
    }
    return PaperRow(**{**given, **values})


def make_sectioned_text(of: PaperRow, paragraphs: int = 3) -> TextRow:
    """A body in sections, read from HTML."""
    number = int(of.id[-5:])
    filler = "\n\n".join(
        "The light of a lantern spreads before it reaches the lens, and the filter has to undo this without inventing "
        "streets. Pairs of shots show how: the same corner by day and by night, taken from the same tripod. What moves "
        "between them is masked, so that parked cars do not become houses. "
        f"The training of stage {stage} runs for {stage + 3} epochs on {4 + stage} devices."
        for stage in range(paragraphs)
    )
    sections = (
        Section(
            role="introduction",
            level=1,
            heading="Introduction",
            text="Streets look different at night. Earlier filters such as DimNet cannot handle moving lights.",
        ),
        Section(role="method", level=1, heading="The filter", text=f"Lantern-{number} has three stages. {filler}"),
        Section(
            role="results",
            level=1,
            heading="Experiments",
            text=f"On NightMaps we reach {60 + number % 30}.5% accuracy against {58 + number % 30}.2% of DimNet. "
            f"Inference takes {10 + number % 20} ms on a single graphics card. "
            "Without the second stage the accuracy falls by 4.1 points.",
        ),
        Section(role="limitations", level=1, heading="Limitations", text="Heavy rain remains hard for the filter."),
        Section(role="conclusion", level=1, heading="Conclusion", text="We presented a filter for maps at night."),
    )
    joined = "".join(section.text for section in sections)
    return TextRow(
        day=of.day,
        id=of.id,
        version=1,
        source="html",
        sections=sections,
        characters=len(joined),
        sha256=hashlib.sha256(joined.encode()).hexdigest(),
    )


def make_group_rows(papers: Sequence[PaperRow], reports: Sequence[ReportName]) -> list[PaperGroupRow]:
    """Every paper in every report, in order."""
    return [
        PaperGroupRow(
            day=of.day,
            report=report,
            group="all",
            group_position=1,
            position=position,
            id=of.id,
            reason="generated",
            reading_depth="abstract" if report == "category_digest" else "full",
        )
        for report in reports
        for position, of in enumerate(papers, 1)
    ]


def store_day(
    settings: Settings, count: int, reports: Sequence[ReportName], day: date = DAY, paragraphs: int = 3
) -> None:
    """Write a day of so many papers, all in these reports."""
    fill_database(settings, _write_day, count, tuple(reports), day, paragraphs)


def _write_day(settings: Settings, count: int, reports: Sequence[ReportName], day: date, paragraphs: int) -> None:
    papers = [make_numbered_paper(number, day) for number in range(1, count + 1)]
    warehouse = open_warehouse(settings)
    warehouse.replace_days(PAPERS, [day], PAPERS.to_frame(papers))
    warehouse.replace_days(PAPER_GROUPS, [day], PAPER_GROUPS.to_frame(make_group_rows(papers, reports)))
    warehouse.replace_days(
        PAPER_TEXTS, [day], PAPER_TEXTS.to_frame(make_sectioned_text(of, paragraphs) for of in papers)
    )


def make_llm_settings(folder: Path, reports: dict[str, Any] | None = None, **summaries: Any) -> Settings:
    """Settings whose engine is a model."""
    choice = {"engine": "openai", "model": "fake-llm", **summaries}
    config = Config.model_validate({"summaries": choice, "reports": reports or {}})
    return Settings(config=config, environment=Environment(data_dir=folder))


def make_stored_summaries(settings: Settings, *, day: date = DAY, refresh: bool = False) -> Summaries:
    """Make a stored day's summaries and store them, as `paper_summaries` does; without Dagster, whose part of it takes
    longer than theirs.
    """
    warehouse = open_warehouse(settings)
    stored = PAPER_SUMMARIES.to_rows(warehouse.read(PAPER_SUMMARIES, [day]))
    made = make_summaries(load_requests(day, settings), settings, stored=stored, refresh=refresh)
    warehouse.replace_days(PAPER_SUMMARIES, [day], PAPER_SUMMARIES.to_frame(made.rows))
    return made


def materialise_asset(
    settings: Settings,
    *,
    day: date = DAY,
    run_config: dict[str, Any] | None = None,
    asset: Any = paper_summaries,
    instance: dg.DagsterInstance | None = None,
) -> dict[str, Any]:
    """Materialise one asset of the day through Dagster, by default in an instance of this process; its metadata."""
    result = dg.materialize(
        [asset, *_upstream(asset)],
        selection=[asset],
        partition_key=day.isoformat(),
        resources={
            "settings": settings,
            "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(settings)),
        },
        run_config=run_config,
        instance=instance or _open_instance(),
    )
    assert result.success
    metadata = result.asset_materializations_for_node(asset.key.path[-1])[0].metadata
    return {name: value.value for name, value in metadata.items()}


@cache
def _open_instance() -> dg.DagsterInstance:
    """In memory; opened once, since that takes as long as a small step."""
    return dg.DagsterInstance.ephemeral()


def _upstream(asset: dg.AssetsDefinition) -> list[dg.AssetSpec]:
    """The tables that the asset reads, as somebody else's assets."""
    return [
        dg.AssetSpec(key, partitions_def=daily_partitions).with_io_manager_key("warehouse")
        for key in sorted(asset.dependency_keys)
    ]


def load_summaries(settings: Settings, day: date = DAY) -> list[SummaryRow]:
    """The day's stored summaries."""
    return PAPER_SUMMARIES.to_rows(open_warehouse(settings).read(PAPER_SUMMARIES, [day]))


def load_overview(settings: Settings, day: date = DAY) -> OverviewRow:
    """The day's stored overview of the field review."""
    (row,) = DAY_OVERVIEWS.to_rows(open_warehouse(settings).read(DAY_OVERVIEWS, [day]))
    return row


__all__ = [
    "DAY",
    "day_overviews",
    "load_overview",
    "load_summaries",
    "make_llm_settings",
    "make_numbered_paper",
    "make_sectioned_text",
    "make_stored_summaries",
    "materialise_asset",
    "store_day",
]
