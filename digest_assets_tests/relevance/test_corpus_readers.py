"""The corpus' 21 mailings, for three readers: no report of theirs, feed or message shows a paper twice as new."""

from collections import defaultdict
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from digest_assets.common.mailings import MailingCalendar
from digest_assets.config.report_formats import Topic
from digest_assets.config.settings import Config
from digest_assets.groups.grouping import group_papers
from digest_assets.papers.merge import merge_papers
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.personal import KnownPaper, ReaderProfile
from digest_assets.relevance.scoring import score_day
from digest_assets.sources.huggingface import fetch_daily_page
from digest_assets.sources.tables import ListingRow
from digest_assets.testing.corpus import list_corpus_days, load_hf_pages, load_listing_rows
from digest_assets.testing.loopback.environment import create_settings, override_environment
from digest_assets.testing.loopback.server import LoopbackServer

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

CONFIG: dict[str, Any] = {"readers": [{"name": "anna"}, {"name": "bert"}]}
CALENDAR = MailingCalendar.with_extra_dates()
READERS = [
    ReaderProfile("", library=(KnownPaper("2308.04079", "3D Gaussian Splatting", "We render radiance fields."),)),
    ReaderProfile("anna", topics=(Topic(name="diffusion"),)),
    ReaderProfile("bert", labs=("Google",), marked=((KnownPaper("2401.1", "Robot hands", "Grasping."), "liked"),)),
]


def load_day(corpus: Path, day: date, server: LoopbackServer, folder: Path) -> list[PaperRow]:
    """A day's papers as the sources give them."""
    listing = [
        ListingRow(day=day, found_by="window", **{name: row[name] for name in NAMES})
        for row in load_listing_rows(corpus, day)
    ]
    page = fetch_daily_page(day, create_settings(server, folder, {}))
    return merge_papers(day, listing, (), page.rows, calendar=CALENDAR, topics=(), lookback_days=7)


NAMES = (
    "id", "version", "title", "abstract", "authors", "categories", "primary_category", "published", "comment", "doi",
    "journal_ref", "announce_type",
)  # fmt: skip


def test_no_reader_is_shown_a_paper_twice_in_whichever_order_the_days_are_made(corpus: Path, tmp_path: Path) -> None:
    reports = Config.model_validate(CONFIG).reports
    days = list_corpus_days(corpus)
    Random(0).shuffle(days)
    shown: dict[tuple[str, str], list[date]] = defaultdict(list)
    with LoopbackServer([], load_hf_pages(corpus)) as server, override_environment(server):
        for day in days:
            papers = load_day(corpus, day, server, tmp_path)
            relevance = score_day(day, papers, READERS)
            for row in group_papers(
                day, papers, reports, sources=frozenset({"arxiv_listing"}), relevance=relevance, calendar=CALENDAR
            ):
                shown[row.report, row.id].append(row.day)
    counts = {report: sum(name == report for name, _ in shown) for report, _ in shown}
    assert {name for name in counts if name.startswith("for_you")} == {"for_you", "for_you_anna", "for_you_bert"}
    assert min(counts[name] for name in counts if name.startswith("for_you")) == 12 * len(days)
    assert {key: when for key, when in shown.items() if len(when) > 1} == {}
