"""A reader's report: its grammar, what it says of each paper, and who gets one."""

import re
from dataclasses import replace
from typing import Any

import pytest

from digest_assets.common.errors import ReportError
from digest_assets.config.fields import Language
from digest_assets.config.settings import Config, Settings
from digest_assets.groups.grouping import group_papers
from digest_assets.groups.tables import PaperGroupRow
from digest_assets.papers.tables import PaperChangeRow, PaperRow
from digest_assets.relevance.personal import KnownPaper, ReaderProfile
from digest_assets.relevance.scoring import score_day
from digest_assets.reports.edition import DayTables, Edition, build_edition
from digest_assets.reports.render import render
from digest_assets.reports.validate import parse_report
from digest_assets.testing.row_factories import FRIDAY, make_day_tables, make_paper, make_summary

LIBRARY = (KnownPaper("2401.00001", "Splats <of> *streets*", "Splats render streets."),)
READER = ReaderProfile("", library=LIBRARY)
PAPERS = [
    make_paper(f"2512.0000{n}", title=f"Paper {n} on {subject}", abstract=f"We study {subject} in hard light.")
    for n, subject in enumerate(("splats of streets", "soft grasps", "tokens", "reefs"), start=1)
]


def make_settings(language: Language = "en", shown: int = 2, **config: object) -> Settings:
    for_you = {"papers": shown, "nearly": 1, "language": language}
    return Settings(config=Config.model_validate({"reports": {"for_you": for_you}, **config}))


def group(settings: Settings, *readers: ReaderProfile, papers: list[PaperRow] = PAPERS) -> list[PaperGroupRow]:
    relevance = score_day(FRIDAY, papers, readers)
    return group_papers(FRIDAY, papers, settings.config.reports, sources=frozenset(), relevance=relevance)


def make_tables(settings: Settings, language: Language = "en", **values: Any) -> DayTables:
    groups = group(settings, READER)
    summaries = [make_summary(row.id, "for_you", language=language) for row in groups]
    tables = make_day_tables(PAPERS, groups, summaries)
    changes = [
        PaperChangeRow(day=FRIDAY, id=id_, version=2, earlier_version=1, earlier_day=FRIDAY, title=f"Old {id_}", **more)
        for id_, more in (("2511.00001", {"withdrawal": "Wrong."}), ("2511.00002", {"added_numbers": ("3.1",)}))
    ]
    relevance = score_day(FRIDAY, PAPERS, [READER])
    return replace(tables, relevance=relevance, changes=changes, marked={"": {"2511.00001"}}, **values)


def make_edition(language: Language = "en") -> tuple[Edition, Settings]:
    settings = make_settings(language)
    return build_edition("for_you", make_tables(settings, language), settings), settings


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_reads_back_strictly(language: Language) -> None:
    edition, settings = make_edition(language)
    parsed = parse_report("for_you", render(edition, settings), language)
    assert parsed.ids == tuple(entry.paper.id for entry in edition.entries)
    assert len(parsed.ids) == 2
    assert parsed.day == FRIDAY


def test_each_paper_has_its_sentence_its_result_and_why_it_is_here() -> None:
    edition, settings = make_edition()
    first = render(edition, settings).split("## 1. ")[1].split("## 2. ")[0]
    assert "[Paper 1 on splats of streets](https://arxiv.org/abs/2512.00001v1)" in first
    assert "It is a thing." in first
    assert "- **Main result:** Gains 2%.\n- **Next best:** Z: 1%\n" in first
    assert "- **Why it is here:** near “Splats &lt;of> \\*streets\\*” in your library" in first
    assert re.search(
        r"- \*\*Near in your library:\*\* Splats &lt;of> \\\*streets\\\* \(0\.\d\d\); both speak of ", first
    )
    assert "- **What differs:** hard, light\n" in first


def test_then_what_was_nearly_in_and_what_changed_of_marked_papers() -> None:
    edition, settings = make_edition()
    end = render(edition, settings).split("## Nearly in\n")[1]
    nearly, changed = end.split("## What changed\n")
    assert nearly.count("\n- [") == 1
    assert changed.strip() == "- [Old 2511.00001](https://arxiv.org/abs/2511.00001v2) v2: withdrawn: Wrong."


def test_a_missing_line_is_noticed() -> None:
    edition, settings = make_edition()
    lines = render(edition, settings).split("\n")
    may_go = r"- \*\*(Next best|Near in your library|What differs):.*"
    for place, line in enumerate(lines[:-1]):
        if re.fullmatch(may_go, line):
            continue
        without = "\n".join([*lines[:place], *lines[place + 1 :]])
        with pytest.raises(ReportError):
            parse_report("for_you", without)


def test_nobody_of_whom_nothing_is_known_gets_one() -> None:
    assert [row for row in group(make_settings(), ReaderProfile("")) if row.report == "for_you"] == []


def test_each_reader_has_a_report_of_their_own_and_their_summaries_are_shared() -> None:
    settings = make_settings(readers=[{"name": "anna"}, {"name": "bert", "language": "zh"}])
    reefs = ReaderProfile("bert", library=(KnownPaper("2401.00002", "Reefs", "We study reefs."),))
    rows = group(settings, READER, ReaderProfile("anna"), reefs)
    first = {row.report: row.id for row in rows if row.position == 1}
    assert first == {"for_you": "2512.00001", "for_you_bert": "2512.00004"}
    assert settings.config.reports.get_config("for_you_bert").language == "zh"
    tables = make_day_tables(PAPERS, rows, [make_summary("2512.00004", "for_you", language="zh")])
    edition = build_edition("for_you_bert", tables, settings)
    assert edition.entries[0].fields.sentence == "It is a thing."


def test_the_field_review_and_an_ordered_category_digest_follow_the_same_scores() -> None:
    settings = make_settings()
    reports = settings.config.reports
    ordered = reports.model_copy(
        update={"category_digest": reports.category_digest.model_copy(update={"order": "relevance"})}
    )
    reader = ReaderProfile("", library=(KnownPaper("2401.00002", "Reefs", "We study reefs."),))
    relevance = score_day(FRIDAY, PAPERS, [reader])
    listing = frozenset({"arxiv_listing"})
    by_id = group_papers(FRIDAY, PAPERS, reports, sources=listing, relevance=relevance)
    by_relevance = group_papers(FRIDAY, PAPERS, ordered, sources=listing, relevance=relevance)
    assert next(row.id for row in by_id if row.report == "category_digest") == "2512.00001"
    assert next(row.id for row in by_relevance if row.report == "category_digest") == "2512.00004"
