"""Which errors Dagster's retry policy tries again."""

from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from pydantic import Field

from digest_assets.common.errors import DigestError, SourceError, TransientSourceError
from digest_assets.orchestration.failures import CAN_RETRY
from digest_assets.orchestration.io_manager import WarehouseIOManager
from digest_assets.orchestration.table_asset import table_asset
from digest_assets.warehouse import Table, Warehouse
from digest_assets.warehouse.tables import DayRow


class WordRow(DayRow):
    word: str = Field(description="A word.")


WORDS = Table("words", WordRow, ("day", "word"), "Words.")


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (SourceError("the topic has no word to look for"), 1),
        (TransientSourceError("arXiv is down"), 3),
        (RuntimeError("nobody knows"), 3),
    ],
)
def test_only_an_error_that_a_rerun_may_clear_is_tried_again(tmp_path: Path, error: Exception, attempts: int) -> None:
    calls = 0

    @table_asset(WORDS, group="words", code_version="1", retry_policy=dg.RetryPolicy(max_retries=2))
    def words() -> pl.DataFrame:
        nonlocal calls
        calls += 1
        raise error

    warehouse = WarehouseIOManager({"words": WORDS}, Warehouse(tmp_path / "words.duckdb"))
    result = dg.materialize(
        [words], partition_key="2025-12-05", resources={"warehouse": warehouse}, raise_on_error=False
    )
    assert calls == attempts
    (event,) = result.get_step_failure_events()
    failure = event.step_failure_data.user_failure_data
    is_permanent = isinstance(error, DigestError) and not error.can_retry
    assert bool(failure and failure.metadata[CAN_RETRY].value is False) == is_permanent


def test_a_day_that_was_never_written_is_not_tried_again(tmp_path: Path) -> None:
    upstream = dg.AssetSpec("words", partitions_def=dg.DailyPartitionsDefinition("2025-12-01"))
    manager = WarehouseIOManager({"words": WORDS}, Warehouse(tmp_path / "words.duckdb"))
    context = dg.build_input_context(
        asset_key=upstream.key,
        asset_partitions_def=upstream.partitions_def,
        partition_key="2025-12-05",
        asset_partition_key_range=dg.PartitionKeyRange("2025-12-05", "2025-12-05"),
    )
    with pytest.raises(dg.Failure, match="words was never written for 2025-12-05") as caught:
        manager.load_input(context)
    assert not caught.value.allow_retries
