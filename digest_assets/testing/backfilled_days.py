"""Days for the tests of backfills: served with a model, backfilled in several ways, and compared afterwards.

    with serve_days() as days:
        days.backfill(data)                          # undisturbed, by the command line
        load_stored_days(days.days, warehouse, data)  # what there is to compare

Three sample days; with `DIGEST_TEST_DAYS=corpus` all days of the corpus (`DIGEST_TEST_CORPUS`), of fewer categories
than by default, so that a day asks the model about a hundred questions.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from digest_assets.cli.run_days import split_into_ranges
from digest_assets.tables import DAY_TABLES
from digest_assets.testing import sample
from digest_assets.testing.corpus import CORPUS_VARIABLE, create_corpus_server, find_corpus, list_corpus_days
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.warehouse import Warehouse

PROJECT = Path(__file__).parents[2]
IN_FLIGHT = 8


@dataclass(frozen=True)
class ServedDays:
    """Days, and the loopback servers that they are made from.

    Attributes:
        config: The settings that make them.
        variables: The environment that names the servers.
    """

    days: Sequence[date]
    config: Mapping[str, Any]
    variables: Mapping[str, str]
    model: FakeLLMServer

    def write_config(self, data: Path, more_config: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Write the settings beside the data; the environment that names them, the servers and the data folder."""
        data.mkdir(parents=True, exist_ok=True)
        (data / "digest.yaml").write_text(yaml.safe_dump({**self.config, **(more_config or {})}), "utf-8")
        return {
            **self.variables,
            "HF_HUB_OFFLINE": "0",
            "DIGEST_CONFIG": str(data / "digest.yaml"),
            "DIGEST_DATA_DIR": str(data),
        }

    def backfill(self, data: Path, more_config: Mapping[str, Any] | None = None, *, at_once: int = 4) -> None:
        """Make the days as `make backfill` does, four at once."""
        for first, last in split_into_ranges(self.days, len(self.days)):
            self.make(data, first, last, more_config, at_once=at_once)

    def make(
        self, data: Path, first: date, last: date, more_config: Mapping[str, Any] | None = None, *, at_once: int = 4
    ) -> None:
        """Make some of the days by the command line."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DAGSTER_"))}
        variables = {**inherited, **self.write_config(data, more_config)}
        command = [
            sys.executable,
            "-m",
            "digest_assets.cli",
            "backfill",
            str(first),
            str(last),
            "--at-once",
            str(at_once),
        ]
        done = subprocess.run(command, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    @property
    def partitions(self) -> str:
        """The days as Dagster's command line takes them."""
        return ",".join(map(str, self.days))


@contextmanager
def serve_days() -> Iterator[ServedDays]:
    """Serve the days that the environment chooses."""
    if os.environ.get("DIGEST_TEST_DAYS") == "corpus":
        corpus = find_corpus() or pytest.skip(f"{CORPUS_VARIABLE} is not set: no corpus of real days")
        days, server, categories = (
            list_corpus_days(corpus),
            create_corpus_server(corpus, files=True),
            ["cs.RO", "cs.IR", "cs.CY"],
        )
    else:
        days, server, categories = (
            list(sample.DAYS),
            sample.create_sample_server(),
            ["cs.CV", "cs.CY", "cs.IR", "cs.LG", "cs.AI"],
        )
    config = {
        "sources": {"arxiv": {"categories": sorted({"cs.CV", "cs.RO", *categories}), "delay_seconds": 0}},
        "reports": {"category_digest": {"categories": categories}},
        "texts": {"requests_per_second": 1000, "connections": 8},
        "summaries": {"engine": "openai", "model": "fake-llm", "concurrency": IN_FLIGHT},
    }
    with server, FakeLLMServer(latency=0.2) as model:
        yield ServedDays(days, config, {**server.get_environment(), **model.get_environment()}, model)


@dataclass(frozen=True)
class StoredDays:
    """What is stored of some days: every table's rows, every report file's hash."""

    tables: Mapping[str, pl.DataFrame]
    reports: Mapping[str, str]

    def find_differences(self, other: "StoredDays", but: Collection[str] = ()) -> list[str]:
        """Tables, `but` for some, with the days that differ, and report files that do."""
        found = [
            f"{name} of {day}"
            for name, frame in self.tables.items()
            if name not in but
            for day in sorted({*frame["day"], *other.tables[name]["day"]})
            if not frame.filter(pl.col("day") == day).equals(other.tables[name].filter(pl.col("day") == day))
        ]
        files = sorted({*self.reports, *other.reports})
        return found + [name for name in files if self.reports.get(name) != other.reports.get(name)]


def load_stored_days(days: Sequence[date], warehouse: Warehouse, data: Path) -> StoredDays:
    """What is stored and published of these days."""
    files = [path for day in days for path in (data / "reports" / str(day)).rglob("*") if path.is_file()]
    return StoredDays(
        {name: warehouse.read(table, days) for name, table in DAY_TABLES.items()},
        {str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    )
