"""Tables declared by a row model."""

from datetime import UTC, date, datetime
from typing import Literal

import polars as pl
import pytest
from pydantic import BaseModel, Field

from digest_assets.tables import ASSET_TABLES
from digest_assets.warehouse.tables import DayRow, Table, get_column_type

DAY = date(2025, 12, 5)


class Part(BaseModel):
    name: str
    score: float | None = None


class PlainRow(DayRow):
    id: str = Field(description="Key.")
    tags: tuple[str, ...] = Field((), description="Words.")
    parts: tuple[Part, ...] = Field((), description="Nested.")
    at: datetime | None = Field(None, description="When.")
    kind: Literal["a", "b"] = Field("a", description="Which.")


TABLE = Table("plain", PlainRow, ("day", "id"), "For tests.")


def test_the_schema_is_the_models() -> None:
    assert TABLE.schema == pl.Schema(
        {
            "day": pl.Date(),
            "id": pl.String(),
            "tags": pl.List(pl.String()),
            "parts": pl.List(pl.Struct({"name": pl.String(), "score": pl.Float64()})),
            "at": pl.Datetime("us", "UTC"),
            "kind": pl.String(),
        }
    )


def test_rows_survive_the_frame() -> None:
    rows = [
        PlainRow(
            day=DAY, id="a", tags=("x", "y"), parts=(Part(name="p"),), at=datetime(2025, 12, 5, 1, 2, 3, 4, tzinfo=UTC)
        ),
        PlainRow(day=DAY, id="b", kind="b"),
    ]
    assert TABLE.to_rows(TABLE.to_frame(rows)) == rows


def test_an_empty_frame_has_the_declared_types() -> None:
    assert TABLE.to_frame().schema == TABLE.schema


def test_rows_come_in_the_order_of_the_key() -> None:
    rows = [PlainRow(day=DAY, id=id_) for id_ in "cab"]
    assert TABLE.to_frame(rows)["id"].to_list() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (TABLE.to_frame().drop("tags"), "tags: missing"),
        (TABLE.to_frame().with_columns(extra=pl.lit(1)), "extra: Int32, declared nowhere"),
        (TABLE.to_frame().with_columns(pl.col("id").cast(pl.Categorical)), "id: Categorical"),
        (TABLE.to_frame([PlainRow(day=DAY, id="a")] * 2), "repeated key"),
        (TABLE.to_frame([PlainRow(day=DAY, id="a")]).with_columns(id=pl.lit(None, pl.String)), "null"),
    ],
)
def test_a_frame_that_does_not_fit_says_why(frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TABLE.validate_frame(frame)


def test_columns_in_another_order_are_put_in_order() -> None:
    frame = TABLE.to_frame([PlainRow(day=DAY, id="a")])
    assert TABLE.validate_frame(frame.select(reversed(frame.columns))).columns == frame.columns


def test_a_type_without_a_column_type_is_refused() -> None:
    with pytest.raises(TypeError, match="no column type"):
        get_column_type(dict[str, int])


def test_every_column_of_every_table_is_described() -> None:
    missing = [
        f"{table.name}.{name}"
        for table in ASSET_TABLES.values()
        for name, info in table.row.model_fields.items()
        if not info.description
    ]
    assert missing == []
