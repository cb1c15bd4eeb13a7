"""The whole way through, by the commands that people use, over real days served on loopback."""

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
import yaml

from digest_assets.config.fields import FORMATS
from digest_assets.config.settings import Config
from digest_assets.tables import ASSET_TABLES
from digest_assets.testing.corpus import create_corpus_server, load_new_ids
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets.warehouse import Warehouse

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

PROJECT = Path(__file__).parents[1]
FRIDAY = date(2025, 12, 5)
SATURDAY = date(2025, 12, 6)


@dataclass
class House:
    """A data folder with its settings, and the commands that fill it."""

    data: Path
    server: LoopbackServer
    variables: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)

    def make(self, *days: date, **variables: str) -> "subprocess.CompletedProcess[str]":
        """`digest backfill FROM TO`, as the make targets call it."""
        self.data.mkdir(parents=True, exist_ok=True)
        config = self.data / "digest.yaml"
        quick: dict[str, Any] = {"sources": {"arxiv": {"delay_seconds": 0}}, "texts": {"requests_per_second": 1000}}
        config.write_text(yaml.safe_dump({**quick, **self.choices}), encoding="utf-8")
        mine = {"DIGEST_DATA_DIR": str(self.data), "DIGEST_CONFIG": str(config), **self.server.get_environment()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DAGSTER_"))}
        command = [sys.executable, "-m", "digest_assets.cli", "backfill", str(days[0]), str(days[-1])]
        return subprocess.run(
            command,
            cwd=PROJECT,
            env={**inherited, **mine, **self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def report(self, day: date, name: str) -> str:
        return (self.data / "reports" / str(day) / f"{name}.md").read_text("utf-8")

    def table(self, name: str, *days: date) -> pl.DataFrame:
        return Warehouse(self.data / "digest.duckdb").read(ASSET_TABLES[name], days or None)

    def bytes_of_everything(self) -> dict[str, str]:
        """Every table's rows and every published file, as hashes."""
        tables = {name: hashlib.sha256(repr(self.table(name).rows()).encode()).hexdigest() for name in ASSET_TABLES}
        files = [
            path for part in ("reports", "site") for path in sorted((self.data / part).rglob("*")) if path.is_file()
        ]
        return tables | {
            str(path.relative_to(self.data)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
        }


@pytest.fixture(scope="module")
def server(corpus: Path) -> Iterator[LoopbackServer]:
    with create_corpus_server(corpus, files=True) as running:
        yield running


@pytest.fixture(scope="module")
def validator(corpus: Path) -> ModuleType:
    path = corpus.parent / "formats" / "validate.py"
    if not path.exists():
        pytest.skip("no formats/validate.py beside the corpus")
    spec = importlib.util.spec_from_file_location("validate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def extractive(server: LoopbackServer, tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("extractive"), server)
    done = house.make(FRIDAY, SATURDAY)
    assert done.returncode == 0, done.stderr
    return house


@pytest.fixture(scope="module")
def modelled(server: LoopbackServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with FakeLLMServer() as model:
        house = House(
            tmp_path_factory.mktemp("modelled"),
            server,
            model.get_environment(),
            {"summaries": {"engine": "openai", "model": "fake-llm"}},
        )
        done = house.make(FRIDAY)
        assert done.returncode == 0, done.stderr
        yield house


@pytest.mark.parametrize("report", FORMATS)
@pytest.mark.parametrize("day", [FRIDAY, SATURDAY])
def test_every_report_of_a_real_day_and_of_a_saturday_is_valid(
    extractive: House, validator: ModuleType, day: date, report: str
) -> None:
    model, problems = validator.check(report, extractive.report(day, report))
    assert problems == []
    assert model["date"] == str(day)


@pytest.mark.parametrize("report", FORMATS)
def test_every_report_that_a_model_wrote_is_valid(modelled: House, validator: ModuleType, report: str) -> None:
    model, problems = validator.check(report, modelled.report(FRIDAY, report))
    assert problems == []
    assert "fake-llm" in modelled.report(FRIDAY, report)
    assert model["ids"] != []


def test_the_category_digest_holds_exactly_the_listed_new_papers(
    extractive: House, validator: ModuleType, corpus: Path
) -> None:
    categories = Config().reports.category_digest.categories
    model, _ = validator.check("category_digest", extractive.report(FRIDAY, "category_digest"))
    assert sorted(model["ids"]) == sorted(load_new_ids(corpus, FRIDAY, categories))


def test_saturday_has_no_arxiv_paper_and_nothing_of_friday(extractive: House) -> None:
    assert extractive.table("arxiv_listing", SATURDAY).is_empty()
    assert extractive.table("arxiv_topic_hits", SATURDAY).is_empty()
    assert "(No results)" in extractive.report(SATURDAY, "category_digest")


def test_the_number_of_papers_in_a_report_is_the_number_of_its_places(extractive: House, validator: ModuleType) -> None:
    groups = extractive.table("paper_groups", FRIDAY)
    for report in FORMATS:
        model, _ = validator.check(report, extractive.report(FRIDAY, report))
        assert sorted(model["ids"]) == sorted(groups.filter(pl.col("report") == report)["id"])


def test_the_command_ends_with_a_table_of_what_was_made(extractive: House) -> None:
    done = extractive.make(SATURDAY)
    assert all(report in done.stderr for report in FORMATS)
    assert "reports:" in done.stderr


@pytest.mark.parametrize("engine", ["extractive", "modelled"])
def test_a_day_made_twice_gives_the_same_bytes(engine: str, request: pytest.FixtureRequest) -> None:
    house: House = request.getfixturevalue(engine)
    before = house.bytes_of_everything()
    assert house.make(FRIDAY).returncode == 0
    assert house.bytes_of_everything() == before


def test_another_folder_gets_the_same_bytes(extractive: House, tmp_path: Path) -> None:
    other = House(tmp_path / "other", extractive.server)
    assert other.make(FRIDAY, SATURDAY).returncode == 0
    assert other.bytes_of_everything() == extractive.bytes_of_everything()


def test_a_missing_key_is_said_at_once_and_what_needs_no_model_is_done(server: LoopbackServer, tmp_path: Path) -> None:
    house = House(tmp_path / "data", server, choices={"summaries": {"engine": "openai"}})
    done = house.make(SATURDAY)
    assert "OPENAI_API_KEY" in done.stderr
    assert house.report(SATURDAY, "daily_table")


def test_a_source_that_is_down_takes_only_its_own_reports_with_it(
    extractive: House, validator: ModuleType, tmp_path: Path
) -> None:
    hurried = {"sources": {"arxiv": {"delay_seconds": 0}, "retry_deadline_seconds": 2}}
    house = House(tmp_path / "data", extractive.server, choices=hurried)
    done = house.make(FRIDAY, DIGEST_ARXIV_API_URL="http://127.0.0.1:9/api/query")
    assert done.returncode == 1
    assert "arxiv_listing" in done.stderr
    alone, beside_arxiv = (
        validator.check("daily_table", made.report(FRIDAY, "daily_table")) for made in (house, extractive)
    )
    assert alone[1] == []
    assert alone[0]["ids"] == beside_arxiv[0]["ids"]
    assert not (house.data / "reports" / str(FRIDAY) / "category_digest.md").exists()


def test_a_date_without_a_partition_is_refused_with_the_reason(extractive: House) -> None:
    done = extractive.make(date(2025, 7, 31))
    assert done.returncode == 2
    assert "before the first partition, 2025-08-01" in done.stderr
