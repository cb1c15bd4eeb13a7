"""Table declarations: a pydantic model of a row, whose fields are the columns and whose descriptions are the docs.

Rooms declare their tables in their `tables.py`; what is stored in a database is `migrations.py`.
"""

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

import polars as pl
from polars.datatypes import DataTypeClass
from pydantic import BaseModel, ConfigDict, Field

PolarsType = pl.DataType | DataTypeClass

_SCALARS: dict[Any, PolarsType] = {
    str: pl.String(),
    int: pl.Int64(),
    float: pl.Float64(),
    bool: pl.Boolean(),
    bytes: pl.Binary(),
    date: pl.Date(),
    datetime: pl.Datetime("us", "UTC"),
}


class Row(BaseModel):
    """A row of a table. Every column is declared here, with its type and a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DayRow(Row):
    """A row of a daily-partitioned table."""

    day: date = Field(description="The partition: the date of the arXiv mailing.")


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class OldNames:
    """What older versions of a declaration called the table, its columns and their values."""

    table: str | None = None  # not for a daily table: Dagster knows its days by the asset's name, which is the table's
    columns: Mapping[str, str] = field(default_factory=dict)  # today's name: the name before
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # column: {value before: value today}


@dataclass(frozen=True)
class Table(Generic[R]):
    """A table's name, row model, key and what one row is.

    Whoever changes a released table raises `version`, gives new columns defaults, and states what was renamed in
    `renamed_from`. A field of a nested model that is new is null in older rows, so it is declared as optional.
    """

    name: str
    row: type[R]
    key: tuple[str, ...]
    description: str
    order: tuple[str, ...] = ()  # how a reader gets the rows; the key if not given
    version: int = 1
    renamed_from: OldNames = field(default_factory=OldNames, compare=False)

    @cached_property
    def schema(self) -> pl.Schema:
        """The columns with their Polars types."""
        return pl.Schema({name: get_column_type(info.annotation) for name, info in self.row.model_fields.items()})

    @property
    def sort_columns(self) -> tuple[str, ...]:
        """The columns that order the rows, always ending in a unique order."""
        return (*self.order, *(name for name in self.key if name not in self.order))

    def to_frame(self, rows: Iterable[R] = ()) -> pl.DataFrame:
        """The rows as a frame with the declared columns and types, also when there are none."""
        data = [row.model_dump() for row in rows]
        return pl.DataFrame(data, schema=self.schema, orient="row").sort(self.sort_columns)

    def to_rows(self, frame: pl.DataFrame) -> list[R]:
        """The frame's rows, validated."""
        return [self.row.model_validate(values) for values in frame.iter_rows(named=True)]

    def validate_frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with its columns in declared order.

        Raises `ValueError` if a column is missing, unknown or of another type, or a key is null or repeated.
        """
        problems = [
            f"{name}: {frame.schema.get(name, 'missing')}, declared {self.schema.get(name, 'nowhere')}"
            for name in [*self.schema, *(name for name in frame.columns if name not in self.schema)]
            if frame.schema.get(name) != self.schema.get(name)
        ]
        if problems:
            raise ValueError(f"the frame does not fit table {self.name}: {'; '.join(problems)}")
        if any(frame[name].null_count() for name in self.key):
            raise ValueError(f"table {self.name}: a key column ({', '.join(self.key)}) is null")
        repeated = frame.filter(frame.select(self.key).is_duplicated())
        if len(repeated):
            raise ValueError(
                f"table {self.name}: repeated key {repeated.select(self.key).row(0)} ({', '.join(self.key)})"
            )
        return frame.select(self.schema.names())


def get_column_type(annotation: Any) -> PolarsType:
    """The Polars type of a field's annotation. Raises `TypeError` for one that has no column type."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return get_column_type(arguments[0])
    if origin in (Union, types.UnionType):
        kinds = [argument for argument in arguments if argument is not type(None)]
        if len(kinds) == 1:
            return get_column_type(kinds[0])
    if origin is Literal:
        return get_column_type(type(arguments[0]))
    if origin in (tuple, list, Sequence) and arguments:
        return pl.List(get_column_type(arguments[0]))
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            return pl.Struct({name: get_column_type(info.annotation) for name, info in annotation.model_fields.items()})
        if annotation in _SCALARS:
            return _SCALARS[annotation]
    raise TypeError(f"no column type for {annotation!r}")
