"""What Dagster knows of the days."""

from datetime import timedelta
from pathlib import Path

import dagster as dg

from digest_assets.automation.runs import (
    ATTEMPT_TAG,
    get_day_states,
    get_newest_run_id,
    list_run_ends,
    was_canceled,
)
from digest_assets_tests.automation.small_graph import REST, days_ago, run_day

DAY = days_ago(3)


def test_a_day_that_nobody_made_is_missing(instance: dg.DagsterInstance) -> None:
    assert get_day_states(instance, [DAY]) == {DAY: "missing"}


def test_a_day_whose_every_table_was_made_is_made(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    run_day(defs, instance, DAY)
    assert get_day_states(instance, [DAY, DAY + timedelta(days=1)]) == {DAY: "made", DAY + timedelta(days=1): "missing"}


def test_a_day_made_in_parts_is_made(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    sources = [dg.AssetKey(name) for name in ("arxiv_listing", "arxiv_topic_hits", "hf_daily_papers")]
    run_day(defs, instance, DAY, asset_selection=sources)
    assert get_day_states(instance, [DAY])[DAY] == "missing"
    run_day(defs, instance, DAY, asset_selection=[dg.AssetKey(name) for name in REST])
    assert get_day_states(instance, [DAY])[DAY] == "made"


def test_a_failed_source_keeps_the_day_failed_though_the_rest_was_made(
    defs: dg.Definitions, instance: dg.DagsterInstance, trouble: Path
) -> None:
    trouble.write_text("arxiv_listing")
    run_day(defs, instance, DAY)
    assert get_day_states(instance, [DAY])[DAY] == "failed"
    assert run_day(defs, instance, DAY, asset_selection=[dg.AssetKey(name) for name in REST]).success
    assert get_day_states(instance, [DAY])[DAY] == "failed"
    trouble.unlink()
    run_day(defs, instance, DAY)
    assert get_day_states(instance, [DAY])[DAY] == "made"


def test_a_run_on_its_way_means_that_the_day_is_under_way(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    run_day(defs, instance, DAY)
    instance.create_run_for_job(
        defs.resolve_job_def("daily_digest"),
        tags={"dagster/partition": str(DAY)},
        status=dg.DagsterRunStatus.STARTED,
    )
    assert get_day_states(instance, [DAY])[DAY] == "in_progress"


def test_runs_of_one_attempt_count_once(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    run_day(defs, instance, DAY, tags={ATTEMPT_TAG: "missed_days 1"})
    run_day(defs, instance, DAY, tags={ATTEMPT_TAG: "missed_days 1"})  # crashed, and run again by Dagster
    run_day(defs, instance, DAY, tags={ATTEMPT_TAG: "missed_days 2"})
    run_day(defs, instance, DAY, tags={ATTEMPT_TAG: "papers_to_retry 1"})
    newest = run_day(defs, instance, DAY)
    assert len(list_run_ends(instance, DAY, "missed_days")) == 2
    assert len(list_run_ends(instance, DAY)) == 4
    assert get_newest_run_id(instance, str(DAY)) == newest.run_id


def test_a_cancelled_day_is_known(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    assert not was_canceled(instance, DAY)
    instance.create_run_for_job(
        defs.resolve_job_def("daily_digest"),
        tags={"dagster/partition": str(DAY)},
        status=dg.DagsterRunStatus.CANCELED,
    )
    assert was_canceled(instance, DAY)
