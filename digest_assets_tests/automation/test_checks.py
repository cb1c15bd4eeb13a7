"""The checks as Dagster runs them."""

import re
from datetime import date
from typing import Any

import dagster as dg
import polars as pl
import pytest

from digest_assets.automation import checks
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PAPER_GROUPS, PaperGroupRow
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.partitions import get_partition_days
from digest_assets.orchestration.table_asset import table_asset
from digest_assets.orchestration.table_checks import build_table_checks
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.tables import ASSET_TABLES
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.automation.small_graph import days_ago, mark_made

GOOD, BAD = date(2025, 12, 4), date(2025, 12, 5)


@table_asset(PAPERS, group="papers", code_version="1")
def papers(context: dg.AssetExecutionContext) -> pl.DataFrame:
    return PAPERS.to_frame(
        PaperRow(day=day, id="2512.00001", title="t", abstract="a", authors=(), categories=(), sources=())
        for day in get_partition_days(context)
    )


@table_asset(PAPER_GROUPS, group="papers", code_version="1")
def paper_groups(context: dg.AssetExecutionContext, papers: pl.DataFrame) -> pl.DataFrame:
    return PAPER_GROUPS.to_frame(
        PaperGroupRow(
            day=day, report="deep_read", group="all", group_position=1, position=1 if day == GOOD else 2,
            id="2512.00001", reason="r", reading_depth="full",
        )
        for day in get_partition_days(context)
    )  # fmt: skip


@table_asset(PAPER_SUMMARIES, group="summaries", code_version="1")
def paper_summaries(paper_groups: pl.DataFrame) -> pl.DataFrame:
    return PAPER_SUMMARIES.to_frame()


ASSETS = [papers, paper_groups, paper_summaries]


TABLE_SCHEMA = dg.AssetCheckKey(dg.AssetKey("paper_groups"), "table_schema")
(GROUP_CHECKS,) = build_table_checks(check for check in checks.DAY_CHECKS if check.table == "paper_groups")
(SUMMARY_CHECKS,) = build_table_checks(check for check in checks.DAY_CHECKS if check.name == "summaries_complete")


def run(settings: Settings, *chosen: dg.AssetChecksDefinition, **how: Any) -> dg.ExecuteInProcessResult:
    resources = {"settings": settings, "warehouse": WarehouseIOManager(ASSET_TABLES, open_warehouse(settings))}
    return dg.materialize([*ASSETS, *chosen], resources=resources, raise_on_error=False, **how)


def test_a_green_check_lets_what_follows_run(settings: Settings) -> None:
    result = run(settings, GROUP_CHECKS, partition_key=str(GOOD))
    assert result.success
    (evaluation,) = result.get_asset_check_evaluations()
    assert evaluation.passed
    assert evaluation.metadata["places"].value == 1


def test_a_red_blocking_check_stops_what_follows_and_says_why(settings: Settings) -> None:
    result = run(settings, GROUP_CHECKS, partition_key=str(BAD))
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    assert evaluation.description == "2025-12-05 deep_read “all”: its papers stand at [2], not at 1, 2, 3 …"
    assert open_warehouse(settings).find_written_days(PAPER_SUMMARIES.name, [BAD]) == set()


def test_a_red_check_that_only_tells_lets_what_follows_run(settings: Settings) -> None:
    result = run(settings, SUMMARY_CHECKS, checks.api_key_present, partition_key=str(GOOD))
    by_name = {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()}
    assert not by_name["summaries_complete"].passed
    assert by_name["api_key_present"].passed


def test_a_check_of_a_days_run_looks_at_that_day_alone(settings: Settings) -> None:
    run(settings, partition_key=str(BAD))
    result = run(settings, GROUP_CHECKS, partition_key=str(GOOD))
    assert [evaluation.passed for evaluation in result.get_asset_check_evaluations()] == [True]


def test_each_day_has_its_own_result_so_that_a_red_day_stays_red(settings: Settings) -> None:
    results = [run(settings, GROUP_CHECKS, partition_key=str(day)) for day in (BAD, GOOD)]
    evaluations = [evaluation for result in results for evaluation in result.get_asset_check_evaluations()]
    assert [(one.partition, one.passed) for one in evaluations] == [(str(BAD), False), (str(GOOD), True)]


def test_one_step_holds_the_checks_of_a_table_and_a_person_may_run_one_of_them(settings: Settings) -> None:
    every = [check for check in [*checks.SCHEMA_CHECKS, *checks.DAY_CHECKS] if check.table == "paper_groups"]
    (both,) = build_table_checks(every)
    result = run(settings, both, partition_key=str(BAD))
    passed = {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}
    assert passed == {"table_schema": True, "groups_consistent": False}  # the red one hides no other
    assert [event.step_key for event in result.get_step_failure_events()] == ["paper_groups_checks"]
    one = dg.AssetSelection.assets(papers, paper_groups).without_checks() | dg.AssetSelection.checks(TABLE_SCHEMA)
    result = run(settings, both, partition_key=str(BAD), selection=one)
    assert [evaluation.check_name for evaluation in result.get_asset_check_evaluations()] == ["table_schema"]


def test_a_check_of_a_range_looks_at_every_day_of_it(settings: Settings) -> None:
    tags = {"dagster/asset_partition_range_start": str(GOOD), "dagster/asset_partition_range_end": str(BAD)}
    result = run(settings, GROUP_CHECKS, tags=tags)
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.passed, evaluation.metadata["places"].value) == (False, 2)


def test_missing_days_are_named_until_they_are_made(settings: Settings, instance: dg.DagsterInstance) -> None:
    @dg.asset(name="site")
    def site() -> None: ...

    defs = dg.Definitions(
        assets=[site],
        asset_checks=[checks.no_missing_days],
        jobs=[dg.define_asset_job("look", selection=dg.AssetSelection.checks(checks.no_missing_days))],
        resources={"settings": settings},
    )
    job = defs.resolve_job_def("look")
    mark_made(instance, days_ago(9), *map(days_ago, range(6, -1, -1)))
    (red,) = job.execute_in_process(instance=instance).get_asset_check_evaluations()
    assert not red.passed
    assert red.description == f"{days_ago(7)} is missing; {days_ago(8)} is missing"
    mark_made(instance, days_ago(7), days_ago(8))
    (green,) = job.execute_in_process(instance=instance).get_asset_check_evaluations()
    assert green.passed


def test_every_table_has_its_schema_checked() -> None:
    keys = {key for check in checks.TABLE_CHECKS for key in check.check_keys if key.name == "table_schema"}
    assert {key.asset_key.to_user_string() for key in keys} == set(ASSET_TABLES)


@pytest.mark.parametrize(
    "check", checks.CHECKS, ids=lambda check: min(key.to_user_string() for key in check.check_keys)
)
def test_every_check_says_what_to_do_when_it_is_red(check: dg.AssetChecksDefinition) -> None:
    for spec in check.check_specs:
        assert re.search("When it is (red|yellow)", spec.description or "")
