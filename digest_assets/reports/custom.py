"""Custom reports' templates, tried on made-up papers when the project loads, before a day depends on them.

A template's faults show only when it is rendered. What a custom report's files may hold is checked in config/.
"""

from datetime import UTC, date, datetime

from digest_assets.common.errors import ConfigError, TemplateError
from digest_assets.config.custom_reports import CustomField, CustomReport
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import PaperGroupRow
from digest_assets.papers.tables import PaperRow
from digest_assets.reports.edition import EXTRACTIVE, Edition, EditionEntry, EditionGroup, Provenance
from digest_assets.reports.render import render
from digest_assets.summaries.schemas import get_schema

_SAMPLE_DAY = date(2025, 12, 5)  # any day with a mailing


def try_templates(settings: Settings) -> None:
    """Render every custom report on a day of made-up papers and on one without. Raises `ConfigError`."""
    for report in settings.config.reports.custom.values():
        for entries in ((_make_entry(report, 1, filled=True), _make_entry(report, 2, filled=False)), ()):
            groups = (EditionGroup("A group", entries),) if entries else ()
            try:
                render(Edition(report.name, _SAMPLE_DAY, report.language, mailing=True, groups=groups), settings)
            except TemplateError as error:
                raise ConfigError(f"{settings.config.reports.folder}/{error}") from error


def _make_entry(report: CustomReport, number: int, *, filled: bool) -> EditionEntry:
    values = {
        name: _make_value(name, field) if filled else () if field.list else None
        for name, field in report.fields.items()
    }
    id_ = f"2512.{number:05d}"
    paper = PaperRow(
        day=_SAMPLE_DAY,
        id=id_,
        version=1,
        title=f"A made-up paper, number {number}",
        abstract="It holds nothing.",
        authors=("A. Author",),
        categories=("cs.CV",),
        primary_category="cs.CV",
        published=datetime(2025, 12, 4, tzinfo=UTC),
        sources=(),
    )
    placement = PaperGroupRow(
        day=_SAMPLE_DAY,
        report=report.name,
        group="A group",
        group_position=1,
        position=number,
        id=id_,
        reason="made up",
        reading_depth=report.read,
    )
    fields = get_schema(report.name, report).model_validate(values)
    return EditionEntry(placement, paper, fields, Provenance("abstract", EXTRACTIVE, 0, 0), None)


def _make_value(name: str, field: CustomField) -> str | tuple[str, ...]:
    return (f"One thing about {name}", f"Another about {name}") if field.list else f"Text about {name}."
