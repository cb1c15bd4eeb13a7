"""The asset checks of the sources: listings are whole and not repeated, topics and pages are not empty."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import dagster as dg

from digest_assets.common.markdown import build_markdown_table
from digest_assets.config.settings import Settings
from digest_assets.orchestration.table_checks import TableCheck, table_check
from digest_assets.sources.completeness import (
    find_contradicted_witnesses,
    find_duplicate_ids,
    find_empty_topics,
    find_listing_gaps,
    find_odd_entries,
    find_sole_witnesses,
    is_page_empty,
)
from digest_assets.sources.duplicates import (
    LOOK_BACK_DAYS,
    compute_duplicate_share,
    compute_usual_share,
    is_unusual_share,
    load_new_ids,
)
from digest_assets.sources.tables import ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS
from digest_assets.warehouse import Table, open_warehouse

_MAX_NAMED = 200  # in the metadata, which Dagster keeps for ever: some kilobytes


@table_check(
    ARXIV_LISTING,
    "The listing holds every paper that the mailing's announcement feed named, and every paper known from "
    "other days that was submitted in its window. When it is red, materialise the day's `arxiv_listing` again in some "
    "hours: the API's index lags behind the announcements. If it stays red, look the ids up on arxiv.org: a paper that "
    "was taken down stays missing.",
)
def listing_complete(settings: Settings, days: Sequence[date]) -> dg.AssetCheckResult:
    gaps = {day: find_listing_gaps(day, settings) for day in days}
    missing = [id for gap in gaps.values() for id in (*gap.announced_ids, *gap.submitted_ids)]
    return dg.AssetCheckResult(
        passed=not any(gaps.values()),
        description=f"{len(missing)} not listed: {', '.join(missing[:5])}" if missing else None,
        metadata={
            "announced, not listed": sum(len(gap.announced_ids) for gap in gaps.values()),
            "known from other days, not listed": sum(len(gap.submitted_ids) for gap in gaps.values()),
            "days with a kept feed": sum(gap.has_feed for gap in gaps.values()),
            "missing": dg.MetadataValue.json(
                {str(day): [*gap.announced_ids, *gap.submitted_ids] for day, gap in gaps.items() if gap}
            ),
        },
    )


@table_check(
    ARXIV_LISTING,
    "No paper stands twice in a day, and few of a day's new papers were new in the thirty days before. When "
    "it is yellow, open two of the day's papers on arxiv.org: if they were announced earlier, the day is a repeat of an "
    "old one; materialise it again, and look whether its date belongs under sources.arxiv.no_mailing.",
)
def listing_not_repeated(settings: Settings, days: Sequence[date]) -> dg.AssetCheckResult:
    new = load_new_ids(open_warehouse(settings), min(days) - timedelta(2 * LOOK_BACK_DAYS), max(days))
    shares = {day: (compute_duplicate_share(new, day), compute_usual_share(new, day)) for day in days}
    twice = find_duplicate_ids(days, settings)
    repeated = [
        f"{day}: {share:.0%} were new before"
        for day, (share, usual) in shares.items()
        if is_unusual_share(share, usual)
    ]
    problems = [*(f"{id} stands twice" for id in twice), *repeated]
    return dg.AssetCheckResult(
        passed=not problems,
        description="; ".join(problems) or None,
        severity=dg.AssetCheckSeverity.ERROR if twice else dg.AssetCheckSeverity.WARN,
        metadata={
            "share of repeats": max(share for share, _ in shares.values()),
            "usual share": max(usual for _, usual in shares.values()),
            "listed twice in a day": dg.MetadataValue.json(list(twice)),
            "days": dg.MetadataValue.md(
                build_markdown_table(
                    ("day", "share", "usual"),
                    [(day, f"{share:.1%}", f"{usual:.1%}") for day, (share, usual) in shares.items()],
                )
            ),
        },
    )


@table_check(
    ARXIV_TOPIC_HITS,
    "Every topic found a paper within its look-back. When it is yellow, the topic is rare or its phrases are "
    "spelt as nobody writes them: widen `any`, or raise `lookback_days`, in digest.yaml.",
)
def topics_found_papers(settings: Settings, days: Sequence[date]) -> dg.AssetCheckResult:
    silent = {str(day): list(find_empty_topics(day, settings)) for day in days}
    names = dict.fromkeys(name for day in silent.values() for name in day)
    return dg.AssetCheckResult(
        passed=not names,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"no paper for: {', '.join(names)}" if names else None,
        metadata={
            "topics without a paper": sum(len(names) for names in silent.values()),
            "which": dg.MetadataValue.json({day: names for day, names in silent.items() if names}),
        },
    )


@table_check(
    HF_DAILY_PAPERS,
    "Hugging Face's page of a mailing's date has papers. When it is yellow, the page was not filled yet: the "
    "sensor `huggingface_page_changes` reads it again while it changes; if it stays yellow, look at the page itself.",
)
def page_has_papers(settings: Settings, days: Sequence[date]) -> dg.AssetCheckResult:
    empty = [str(day) for day in days if is_page_empty(day, settings)]
    return dg.AssetCheckResult(
        passed=not empty,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"no paper on the page of {', '.join(empty)}" if empty else None,
        metadata={"empty pages": len(empty), "which": dg.MetadataValue.json(empty)},
    )


@table_check(
    ARXIV_LISTING,
    "The submission window, the announcement feed and arXiv's listing or catch-up pages agree on what the "
    "mailing announces. When it is yellow, one of them could not be asked, or held another mailing, and was left out: the "
    "sentence says which. The day holds no repeated papers for that; the sensor `unfinished_days` makes it again when the "
    "source has healed. A day that one of them alone carries says so here and at the head of its reports.",
)
def witnesses_agree(settings: Settings, days: Sequence[date]) -> dg.AssetCheckResult:
    wrong, alone = find_contradicted_witnesses(days, settings), find_sole_witnesses(days, settings)
    sentences = [f"{who}: {note}" for who, note in wrong.items()]
    sentences += [f"{day} is known from one witness alone: the {witness}" for day, witness in alone.items()]
    return dg.AssetCheckResult(
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(sentences) or None,
        metadata={
            "left out or not to be had": dg.MetadataValue.json(wrong),
            "known from one witness alone": dg.MetadataValue.json(alone),
        },
    )


def build_entries_check(table: Table[Any]) -> TableCheck:
    """Build the check that names the odd entries of a source."""

    @table_check(
        table,
        "Every entry was served whole: nothing missing, doubled or malformed. When it is yellow, the papers "
        "named are shown with what is known of them; materialise the day's table again when the source has mended them.",
    )
    def entries_whole(settings: Settings, days: Sequence[date]) -> dg.AssetCheckResult:
        odd = find_odd_entries(table, days, settings)
        some = "; ".join(f"{id}: {', '.join(problems)}" for id, problems in list(odd.items())[:3])
        return dg.AssetCheckResult(
            passed=not odd,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{len(odd)} odd entries: {some}" if odd else None,
            metadata={
                "odd entries": len(odd),
                "which": dg.MetadataValue.json(dict(list(odd.items())[:_MAX_NAMED])),
            },
        )

    return entries_whole


CHECKS = [
    *(build_entries_check(table) for table in (ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS)),
    witnesses_agree,
    listing_complete,
    listing_not_repeated,
    topics_found_papers,
    page_has_papers,
]
