"""Data folders of released versions, read and re-made by the present program.

`<version>.tar.xz` holds what a release made of the sample days 2025-10-02 to 2025-10-04, by a fake model: its database,
reports and site. Each release adds one: run `digest backfill` over the sample days with it, in a fresh data folder.
"""

import json
import re
import tarfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from pydantic import Field

from digest_assets.config.settings import Settings, load_settings
from digest_assets.definitions import build_definitions
from digest_assets.feeds.feeds import write_feeds
from digest_assets.llm.tables import LLM_CACHE, LLM_CALLS
from digest_assets.site.build import build_site
from digest_assets.summaries import schemas
from digest_assets.summaries.schemas import TopicDigest
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.cli.conftest import Digest, digest

__all__ = ["digest"]

RELEASES = sorted(path.name.removesuffix(".tar.xz") for path in Path(__file__).parent.glob("*.tar.xz"))
DAYS = [date(2025, 10, 2), date(2025, 10, 3), date(2025, 10, 4)]
DAY, PAPER = "2025-10-02", "2509.98011"
# Without the sources and the texts, whose servers are not there: what they stored is what the rest is made from.
REMADE = ["paper_groups", "paper_summaries", "day_overviews", "reports", "exports"]
CONFIG = "summaries: {engine: openai, model: stand-in, prices: {stand-in: {input: 0.25, output: 2.0}}}\n"


@pytest.fixture(params=RELEASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A release's data folder, which the environment points to."""
    with tarfile.open(Path(__file__).parent / f"{request.param}.tar.xz") as archive:
        archive.extractall(tmp_path / "data", filter="data")
    (tmp_path / "digest.yaml").write_text(CONFIG)
    monkeypatch.setenv("DIGEST_CONFIG", str(tmp_path / "digest.yaml"))
    monkeypatch.setenv("DIGEST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-test")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return load_settings()


@pytest.fixture
def fake_llm(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLLMServer]:
    with FakeLLMServer() as server:
        for name, value in server.get_environment().items():
            monkeypatch.setenv(name, value)
        yield server


def remake_day(settings: Settings, day: date) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_definitions(settings).resolve_implicit_global_asset_job_def()
        selection = [dg.AssetKey(name) for name in REMADE]
        assert job.execute_in_process(instance=instance, partition_key=str(day), asset_selection=selection).success


def read_reports(settings: Settings) -> dict[str, str]:
    folder = settings.data_dir / "reports"
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))}


@pytest.mark.long
def test_the_commands_for_readers_work_on_it_and_change_nothing(empty: Settings, digest: Digest) -> None:
    before = Path(empty.database).read_bytes()
    assert "Lantern Splat" in digest("show", DAY, "topic_digest")
    assert "Lantern Splat" in digest("paper", PAPER)
    assert PAPER in digest("search", "lantern splat")
    rows = json.loads(digest("costs", "--since", DAY, "--json"))["rows"]
    (costs,) = [row for row in rows if (row["day"], row["purpose"]) == (DAY, "overview")]
    assert (costs["calls"], costs["not_ok"]) == (1, 0)
    doctor = digest("doctor")
    assert doctor.code == 0, doctor
    assert Path(empty.database).read_bytes() == before


def test_its_site_and_feeds_are_brought_up_to_date(empty: Settings) -> None:
    assert build_site(empty).days == len(DAYS)
    assert "Lantern Splat" in (empty.data_dir / "site" / "papers" / "2509" / f"{PAPER}.html").read_text("utf-8")
    assert build_site(empty).rendered == ()
    assert write_feeds(empty)


@pytest.mark.long
def test_a_day_is_made_again_as_it_was_without_asking_the_model(empty: Settings, fake_llm: FakeLLMServer) -> None:
    before, warehouse = read_reports(empty), open_warehouse(empty)
    calls, cached = warehouse.read(LLM_CALLS), warehouse.read(LLM_CACHE)
    kept = ["day", "id", "report", "language", "engine", "model", "key", "note", "failed", "cost_usd"]
    summaries = warehouse.read(PAPER_SUMMARIES).select(kept)
    for day in DAYS:
        remake_day(empty, day)
    assert fake_llm.calls == []
    # Every sentence is looked up in the text now, which the release did not do: reports say what came of it,
    # and of a table that is evidence they show the row. Of an overview each claim is linked to the papers that say it.
    # What was called "Relevance" is called by what it says.
    checked = re.compile(
        r" ⚠| · quoted| · \d+ unsupported| · \d+/\d+ figures traced| <sub>“[^\n]*”</sub>"
        r"|\*\*(?:Relevance|Why it matters):\*\*|(?s:(?<=## Executive Summary\n).*?(?=\n<sub>Written by))"
    )
    assert {name: checked.sub("", text) for name, text in read_reports(empty).items()} == {
        name: checked.sub("", text) for name, text in before.items()
    }
    assert warehouse.read(LLM_CALLS).equals(calls)
    assert warehouse.read(LLM_CACHE).equals(cached)
    assert warehouse.read(PAPER_SUMMARIES).select(kept).equals(summaries)
    assert warehouse.read(PAPER_SUMMARIES)["claims"].list.len().min() >= 1  # type: ignore[operator]
    assert warehouse.read(PAPER_SUMMARIES)["schema_version"].null_count() == 0


class LongerDigest(TopicDigest):
    """The topic digest of a later version."""

    novelty: str | None = Field(description="What is new.")
    risks: tuple[str, ...] = Field(description="What may go wrong.")


def test_a_field_added_to_a_report_leaves_its_old_days_readable(
    empty: Settings, digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas, "SCHEMAS", {**schemas.SCHEMAS, "topic_digest": LongerDigest})
    note = "made before the report asked for Novelty, Risks"
    assert note in digest("paper", PAPER)
    build_site(empty, everything=True)
    assert note in (empty.data_dir / "site" / "papers" / "2509" / f"{PAPER}.html").read_text("utf-8")
    assert write_feeds(empty)
