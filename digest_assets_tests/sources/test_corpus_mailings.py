"""All mailings of the corpus: each exactly, in any order, and no topic shows a paper twice."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from digest_assets.config.settings import Settings
from digest_assets.definitions import build_definitions
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS
from digest_assets.testing.corpus import list_corpus_days, load_corpus_papers, load_hf_pages, load_new_ids
from digest_assets.testing.loopback.environment import create_settings, override_environment
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets.warehouse import Table, open_warehouse
from digest_assets_tests.sources.runs import FAST

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]

STEPS = ["arxiv_listing", "arxiv_topic_hits", "hf_daily_papers", "papers", "paper_groups"]


@pytest.fixture(scope="module")
def days(corpus: Path) -> list[date]:
    return list_corpus_days(corpus)


@pytest.fixture(scope="module")
def server(corpus: Path, days: Sequence[date]) -> Iterator[LoopbackServer]:
    with (
        LoopbackServer(load_corpus_papers(corpus, days), load_hf_pages(corpus)) as server,
        override_environment(server),
    ):
        yield server


def make_days(server: LoopbackServer, folder: Path, days: Sequence[date]) -> Settings:
    settings = create_settings(server, folder, {**FAST, "summaries": {"engine": "extractive"}})
    job = build_definitions(settings).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        for day in days:
            selection = [dg.AssetKey(name) for name in STEPS]
            result = job.execute_in_process(
                instance=instance, partition_key=str(day), asset_selection=selection, raise_on_error=False
            )
            assert all(event.step_key not in STEPS for event in result.all_events if event.is_step_failure), day
    return settings


def test_every_mailing_is_exact_in_any_order_and_no_topic_repeats_a_paper(
    corpus: Path, server: LoopbackServer, days: Sequence[date], tmp_path: Path
) -> None:
    settings = make_days(server, tmp_path / "in order", days)
    listing = open_warehouse(settings).read(ARXIV_LISTING)
    for day in days:
        ids = listing.filter(listing["day"] == day)["id"].to_list()
        assert len(ids) == len(set(ids))
        assert set(ids) == load_new_ids(corpus, day)
    shown: dict[tuple[str, str], list[date]] = defaultdict(list)
    for row in PAPER_GROUPS.to_rows(open_warehouse(settings).read(PAPER_GROUPS)):
        if row.report == "topic_digest":
            shown[row.group, row.id].append(row.day)
    assert shown
    assert {key: when for key, when in shown.items() if len(when) > 1} == {}
    shuffled = list(days)
    random.Random(0).shuffle(shuffled)
    other = open_warehouse(make_days(server, tmp_path / "shuffled", shuffled))
    tables: tuple[Table[Any], ...] = (ARXIV_LISTING, ARXIV_TOPIC_HITS, PAPER_GROUPS)
    for table in tables:
        assert other.read(table).equals(open_warehouse(settings).read(table)), table.name
