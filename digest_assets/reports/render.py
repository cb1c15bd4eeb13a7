"""An edition rendered as its Markdown report: the Jinja2 environment and filters, for the built-in formats and custom reports.

Templates escape by default: what they print is `markdown.text` of it, unless a filter made it `Markdown` already.
Nothing is written here; a built-in report's form is checked by validate.py.
"""

import hashlib
import inspect
import re
import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from importlib import resources
from typing import Any, Literal

import jinja2

from digest_assets.common import markdown
from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.common.errors import TemplateError
from digest_assets.common.filler import is_filler
from digest_assets.common.markdown import Markdown
from digest_assets.config.custom_reports import CustomReport
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PaperChangeRow
from digest_assets.reports import edition as editions
from digest_assets.reports import filler_fields, labels, markdown_sanitizer
from digest_assets.reports.changes import describe_change
from digest_assets.reports.edition import PROVENANCE_PATTERN, Edition, EditionEntry, EditionGroup

_MAX_CHANGE = 400  # characters of a change in a line: the rest is on the paper's page
_MAX_NAMED_MATCHES = 50  # some six thousand characters: beyond, a paragraph is no list that anybody reads


def render(edition: Edition, settings: Settings) -> str:
    """The Markdown of an edition. Pure: the same edition and settings give the same text."""
    reports = settings.config.reports
    selection = reports.get_selection(edition.report)
    values = {
        "edition": edition,
        "config": selection,
        "rule": Markdown(labels.DEEP_READ_RULE),
    }
    if edition.report in reports.custom:
        return _render_custom(reports.custom[edition.report], edition, values)
    return ENVIRONMENT.get_template(f"{reports.get_format(edition.report)}.md.jinja").render(values)


def _render_custom(report: CustomReport, edition: Edition, values: Mapping[str, Any]) -> str:
    """A report by its user's template. Raises `TemplateError` when it fails, or leaves out what a report must show."""
    where = f"{report.name}/template.md.jinja"
    try:
        # `choice`, `stated` and `not_stated`: as templates written for earlier releases know them
        blank = Markdown(labels.BLANKS[edition.language][0])
        values = {**values, "choice": values["config"], "stated": blank, "not_stated": blank}
        markdown = ENVIRONMENT.from_string(report.template).render(values)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{where}, line {error.lineno}: {error.message}") from error
    except Exception as error:  # whatever a user's template does
        raise TemplateError(f"{where}, line {_find_template_line(error)}: {error}") from error
    if missing := describe_missing(markdown, [entry.paper.id for entry in edition.papers]):
        raise TemplateError(f"{where}: {missing}")
    return markdown


def _find_template_line(error: Exception) -> int:
    """The template's line at which rendering failed."""
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return lines[-1] if lines else 0


def describe_missing(markdown: str, ids: Collection[str]) -> str | None:
    """What a custom report must show and does not, in a sentence: every paper, and its provenance."""
    if absent := [id_ for id_ in ids if id_ not in markdown]:
        return f"it does not show {', '.join(absent[:3])}: write {{{{ entry.paper.id }}}} for every paper"
    if len(re.findall(f"<sub>{PROVENANCE_PATTERN}</sub>", markdown)) < len(ids):
        return "it does not say what was read: write <sub>{{ entry.provenance }}</sub> for every paper"
    return None


def hash_templates() -> str:
    """A hash of all that decides how an edition is rendered, so that a change shows the reports as stale."""
    templates = resources.files(__package__).joinpath("templates").iterdir()
    sources = [
        file.read_bytes() for file in sorted(templates, key=lambda file: file.name) if file.name.endswith(".md.jinja")
    ]
    sources += [
        inspect.getsource(module).encode()
        for module in (editions, filler_fields, labels, markdown, markdown_sanitizer, sys.modules[__name__])
    ]
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source)
    return digest.hexdigest()[:12]


def join_authors(authors: Sequence[str], first: int | None = None) -> Markdown:
    """Authors joined by commas: all, or the first some with `et al.` after them."""
    names = markdown.normalize_names(authors)
    shown = [markdown.escape_text(name) for name in names[:first]]
    if first is not None and len(names) > first:
        shown.append(Markdown("et al."))
    return Markdown(", ".join(shown))


@jinja2.pass_context
def format_field(context: Mapping[str, Any], value: str | Sequence[str] | None, entry: EditionEntry) -> Markdown:
    """A summary's field on one line; a list's items without their final stop, joined by semicolons."""
    items = [value] if isinstance(value, str) else [_strip_final_stop(item) for item in value or ()]
    lines = map(markdown_sanitizer.sanitize_line if entry.by_model else markdown.escape_text, items)
    return Markdown("; ".join(line for line in lines if not is_filler(line)) or _get_blank(context, entry))


@jinja2.pass_context
def _get_blank(context: Mapping[str, Any], entry: EditionEntry) -> Markdown:
    """What stands for a field that the text which was read does not speak of."""
    return Markdown(entry.get_blank(context["edition"].language))


@jinja2.pass_context
def format_plain_field(context: Mapping[str, Any], value: str | None, entry: EditionEntry) -> str:
    """A summary's field as plain words, for places where no Markdown is read."""
    words = markdown_sanitizer.strip_markdown(value or "") if entry.by_model else markdown.to_single_line(value or "")
    return words or str(_get_blank(context, entry))


@jinja2.pass_context
def format_analysis(context: Mapping[str, Any], entry: EditionEntry) -> Markdown:
    """The analysis of a `field_review` paper: what it says of each aspect, under its label."""
    blocks: list[str] = []
    for name, label in labels.FIELD_REVIEW_LABELS.items():
        value = getattr(entry.fields, name) or ""
        body = markdown_sanitizer.sanitize_blocks(value) if entry.by_model else markdown.escape_text(value)
        if body:
            starts_with_words = body[0] not in "#-" and not body[0].isdigit()
            blocks.append(f"**{label}:**" + (" " if starts_with_words else "\n\n") + body)
    return Markdown("\n\n".join(blocks) or _get_blank(context, entry))


def format_executive_summary(edition: Edition) -> Markdown:
    """The day's overview, its links limited to papers of the edition; without one, the list of papers."""
    head_note = f"<sub>{markdown.escape_text(edition.head_note)}</sub>" if edition.head_note else ""
    if not edition.entries:
        nothing = "No papers of the field today." if edition.mailing else "No mailing today."
        return Markdown("\n\n".join(filter(None, (nothing, head_note))))
    anchors = {entry.anchor for entry in edition.entries}
    overview = edition.overview
    blocks: list[str] = [markdown_sanitizer.sanitize_blocks(overview.markdown, anchors)] if overview else []
    if overview is None or not anchors & set(markdown_sanitizer.find_anchors(overview.markdown)):
        blocks.append(
            "\n".join(f"- [{markdown.escape_link_text(entry.title)}](#{entry.anchor})" for entry in edition.entries)
        )
    writer = f"Written by {overview.writer}" if overview else "No overview was written: these are the papers"
    note = f" · {overview.note}" if overview and overview.note else ""
    blocks += [f"<sub>{markdown.escape_text(writer + note)}</sub>", head_note]
    return Markdown("\n\n".join(filter(None, blocks)))


def format_other_matches(group: EditionGroup) -> Markdown:
    """How many papers match a topic in its look-back, and those that are not shown here, by name and link."""
    others = group.other_matches
    count, days = len(others) + len(group.entries), others[0].lookback_days
    links = [
        f"[{markdown.escape_link_text(markdown.to_single_line(paper.title) or paper.id)}]({build_paper_url('abs', paper.id)})"
        for paper in others[:_MAX_NAMED_MATCHES]
    ]
    if (unnamed := len(others) - len(links)) > 0:
        links.append(f"and {unnamed} more")
    papers = "1 paper matches" if count == 1 else f"{count} papers match"
    within = "the last day" if days == 1 else f"the last {days} days"
    return Markdown(f"{papers} in {within}. {'Also' if group.entries else 'Shown earlier'}: {'; '.join(links)}")


@jinja2.pass_context
def format_near_papers(context: Mapping[str, Any], entry: EditionEntry) -> Markdown:
    """The papers of a reader's library that a paper is near, how near, and what it shares with the nearest."""
    label = labels.FOR_YOU_LABELS[context["edition"].language]
    near = [f"{markdown.escape_text(paper.title)} ({paper.similarity:.2f})" for paper in entry.near_papers]
    shared = ", ".join(entry.near_papers[0].shared)
    return Markdown("; ".join([*near, *([f"{label['shared']} {markdown.escape_text(shared)}"] if shared else [])]))


@jinja2.pass_context
def format_change(context: Mapping[str, Any], change: PaperChangeRow) -> Markdown:
    """What a new version changed, in a line: the withdrawal's words, or what is different now."""
    if change.withdrawal is not None:
        words = labels.FOR_YOU_LABELS[context["edition"].language]["withdrawn"]
        return markdown.escape_text(f"{words}: {change.withdrawal}" if change.withdrawal else words)
    parts = [f"{name}: {after or '–'}" for name, _, after in describe_change(change)]
    text = "; ".join(parts) or "new version"
    return markdown.escape_text(text if len(text) <= _MAX_CHANGE else text[: _MAX_CHANGE - 1] + "…")


def _strip_final_stop(item: str) -> str:
    item = item.rstrip()
    keeps = item.endswith(("et al.", "etc.", "..", "e.g.", "i.e."))
    return item if keeps else item.rstrip(".。;；")


def _build_arxiv_url(paper: str, page: Literal["abs", "pdf"]) -> Markdown:
    return Markdown(build_paper_url(page, paper))


def _escape(value: Any) -> Markdown:
    return value if isinstance(value, Markdown) else markdown.escape_text(str(value))


def _make_environment() -> jinja2.Environment:
    environment = jinja2.Environment(  # noqa: S701 - Markdown is escaped by `finalize`, HTML by the same functions
        loader=jinja2.PackageLoader("digest_assets.reports"),
        undefined=jinja2.StrictUndefined,
        finalize=_escape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        text=markdown.escape_text,
        link_text=markdown.escape_link_text,
        raw=markdown.escape_in_html,
        cell=markdown.escape_cell,
        arxiv_url=_build_arxiv_url,
        people=join_authors,
        content=format_field,
        blank=_get_blank,
        plain=format_plain_field,
        analysis=format_analysis,
        executive_summary=format_executive_summary,
        other_matches=format_other_matches,
        near=format_near_papers,
        change=format_change,
    )
    environment.globals["labels"] = labels
    return environment


ENVIRONMENT = _make_environment()
