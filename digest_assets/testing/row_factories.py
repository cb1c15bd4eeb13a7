"""Factories of table rows with plausible values: whoever needs a paper, a summary or an edition changes only some."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.groups.tables import PaperGroupRow
from digest_assets.papers.tables import PaperRow
from digest_assets.reports.edition import DayTables, Edition, build_edition
from digest_assets.summaries.schemas import get_schema
from digest_assets.summaries.tables import OverviewRow, SummaryRow
from digest_assets.texts.tables import TextRow

FRIDAY = date(2025, 12, 5)
SATURDAY = date(2025, 12, 6)

FIELDS: dict[ReportName, dict[str, Any]] = {
    "topic_digest": {
        "task": "Rendering views.",
        "motivation": "Slow today.",
        "related_work": [{"work": "NeRF", "challenge": "slow training"}],
        "core_idea": "Splat points.",
        "pipeline": "A",
        "architecture": "B",
        "complexity": "C",
        "datasets_and_metrics": ["D"],
        "baselines": ["E"],
        "main_results": ["31.2 dB"],
        "ablations": ["F"],
        "limitations": ["G"],
        "pros": ["H"],
        "cons": ["I"],
        "future_work": ["J"],
    },
    "daily_table": {"summary": "It is a thing. It aims. It does. It gains 2%. Use it."},
    "field_review": {
        "contribution": "It does a thing.",
        "method": "By doing.",
        "results": "Gains 2% over Z.",
        "limitations": None,
        "impact": None,
        "relevance": None,
        "key_findings": [{"finding": "Gains 2% on X.", "evidence": None}],
    },
    "category_digest": {"tldr": "Short.", "motivation": "M", "method": "N", "result": "O", "conclusion": "Q"},
    "deep_read": {
        "application_area": "Vision.",
        "core_contribution": "A thing.",
        "usage": {"input": "x", "output": None, "workflow": None, "hardware": None, "code": None},
        "innovations": [{"lead": "Lead", "detail": "y"}],
        "experimental_results": ["Gains 2% over Z."],
    },
    "for_you": {"sentence": "It is a thing.", "main_result": "Gains 2%.", "next_best": "Z: 1%"},
}


def make_settings(**reports: Any) -> Settings:
    """Settings whose reports are changed as given."""
    return Settings(config=Config.model_validate({"reports": reports}), environment=Environment())


def make_paper(paper_id: str, day: date = FRIDAY, **values: Any) -> PaperRow:
    """A paper that the day's mailing announces."""
    given: dict[str, Any] = {
        "day": day,
        "id": paper_id,
        "version": 1,
        "title": "One",
        "abstract": "We do a thing and gain 2%.",
        "authors": ("A One", "B Two"),
        "categories": ("cs.CV", "cs.LG"),
        "primary_category": "cs.CV",
        "published": datetime(2025, 12, 4, 12, tzinfo=UTC),
        "sources": ("arxiv_listing",),
        "announce_type": "new",
        "mailing": day,
    }
    return PaperRow.model_validate(given | values)


def make_group_row(
    paper_id: str, report: ReportName, position: int = 1, day: date = FRIDAY, **values: Any
) -> PaperGroupRow:
    """A paper's place in a report."""
    given: dict[str, Any] = {
        "day": day,
        "report": report,
        "group": "cs.CV",
        "group_position": 1,
        "position": position,
        "id": paper_id,
        "reason": "new in cs.CV",
        "reading_depth": "abstract" if report == "category_digest" else "full",
    }
    return PaperGroupRow.model_validate(given | values)


def make_text(paper_id: str, day: date = FRIDAY, **values: Any) -> TextRow:
    """What was read of a paper: its HTML."""
    given: dict[str, Any] = {
        "day": day,
        "id": paper_id,
        "version": 1,
        "source": "html",
        "sections": (),
        "characters": 0,
        "sha256": "0" * 64,
    }
    return TextRow.model_validate(given | values)


def make_summary(paper_id: str, report: ReportName, day: date = FRIDAY, **values: Any) -> SummaryRow:
    """A paper's summary; `fields` changes some of the schema's."""
    fields = FIELDS[report] | values.pop("fields", {})
    given: dict[str, Any] = {
        "day": day,
        "id": paper_id,
        "report": report,
        "language": "en",
        "engine": "extractive",
        "fields": get_schema(report).model_validate(fields).model_dump_json(),
        "numbers": (),
        "numbers_traced": 2,
        "numbers_total": 2,
        "key": "k",
    }
    return SummaryRow.model_validate(given | values)


def make_overview(markdown: str, report: ReportName = "field_review", day: date = FRIDAY, **values: Any) -> OverviewRow:
    """An executive summary."""
    given: dict[str, Any] = {
        "day": day,
        "report": report,
        "language": "en",
        "engine": "extractive",
        "markdown": markdown,
        "key": "k",
    }
    return OverviewRow.model_validate(given | values)


def make_day_tables(
    papers: Sequence[PaperRow] = (),
    groups: Sequence[PaperGroupRow] = (),
    summaries: Sequence[SummaryRow] = (),
    *,
    texts: Sequence[TextRow] | None = None,
    overviews: Sequence[OverviewRow] = (),
    day: date = FRIDAY,
    sole_witness: str | None = None,
) -> DayTables:
    """A day of these rows; unless `texts` are given, the HTML of every paper was read."""
    texts = [make_text(row.id, day) for row in papers] if texts is None else texts
    return DayTables(
        day=day,
        papers={row.id: row for row in papers},
        groups=groups,
        texts={row.id: row for row in texts},
        summaries={(row.id, row.report, row.language): row for row in summaries},
        overviews={(row.report, row.language): row for row in overviews},
        sole_witness=sole_witness,
    )


def make_edition(
    report: ReportName,
    papers: Sequence[PaperRow],
    choice: Settings,
    *,
    fields: dict[str, Any] | None = None,
    overviews: Sequence[OverviewRow] = (),
    group: str = "cs.CV",
    **values: Any,
) -> Edition:
    """An edition of these papers in one part, each with a summary of these fields and values."""
    language = getattr(choice.config.reports, report).language
    return build_edition(
        report,
        make_day_tables(
            papers,
            [make_group_row(row.id, report, position, group=group) for position, row in enumerate(papers, 1)],
            [make_summary(row.id, report, fields=fields or {}, language=language, **values) for row in papers],
            overviews=overviews,
        ),
        choice,
    )
