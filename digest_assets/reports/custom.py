"""Reports of one's own, tried out before a day depends on them.

A template's faults show only when it is rendered: so each is rendered once, on made-up papers, when the project loads.
"""

from datetime import UTC, date, datetime

from digest_assets.common.errors import ConfigError, TemplateError
from digest_assets.config.custom_reports import CustomField, CustomReport
from digest_assets.config.settings import Settings
from digest_assets.groups.tables import GroupRow
from digest_assets.papers.tables import PaperRow
from digest_assets.reports.edition import EXTRACTIVE, Edition, EditionEntry, EditionGroup, Provenance
from digest_assets.reports.render import render
from digest_assets.summaries.schemas import profile_class

_SAMPLE_DAY = date(2025, 12, 5)


def try_templates(settings: Settings) -> None:
    """Render every report of one's own on a day of made-up papers and on one without. Raises `ConfigError`."""
    for own in settings.config.reports.custom.values():
        for entries in ((_make_entry(own, 1, filled=True), _make_entry(own, 2, filled=False)), ()):
            parts = (EditionGroup("A part", entries),) if entries else ()
            try:
                render(Edition(own.name, _SAMPLE_DAY, own.language, mailing=True, groups=parts), settings)
            except TemplateError as error:
                raise ConfigError(f"{settings.config.reports.folder}/{error}") from error


def _make_entry(own: CustomReport, number: int, *, filled: bool) -> EditionEntry:
    said = {
        name: ([f"Text about {name}"] if field.list else f"Text about {name}.")
        if filled
        else ()
        if field.list
        else None
        for name, field in own.fields.items()
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
    place = GroupRow(
        day=_SAMPLE_DAY,
        report=own.name,
        group="A part",
        group_position=1,
        position=number,
        id=id_,
        reason="made up",
        read=own.read,
    )
    profile = profile_class(own.name, own).model_validate(said)
    return EditionEntry(place, paper, profile, Provenance("abstract", EXTRACTIVE, 0, 0), None)


def _text(name: str, field: CustomField) -> str | tuple[str, ...]:
    return (f"One thing about {name}", f"Another about {name}") if field.list else f"Text about {name}."
