"""An edition as its Markdown report, in the exact grammar of its format.

Templates escape by default: what they print is `markdown.text` of it, unless a filter made it `Markdown` already.
"""

import hashlib
import inspect
import re
import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from importlib import resources
from typing import Any

import jinja2

from digest_assets.common import markdown
from digest_assets.common.errors import TemplateError
from digest_assets.common.markdown import Markdown
from digest_assets.config.reports import Language, CustomReport
from digest_assets.config.settings import Settings
from digest_assets.reports import edition as editions
from digest_assets.reports import markdown_sanitizer
from digest_assets.reports.edition import Edition, EditionEntry, is_filler

PROVENANCE = r"<sub>Read: (?:HTML|PDF|abstract) · written by .+? · \d+/\d+ figures traced.*?</sub>"
NOT_STATED: dict[Language, str] = {"en": "Not stated.", "zh": "文中未说明。"}

_RULE = Markdown("=" * 60)
_ANALYSIS = {
    "contribution": "Contribution",
    "method": "Method",
    "results": "Results",
    "limitations": "Limitations",
    "impact": "Impact",
    "relevance": "Relevance",
}
DEEP_READ_LABELS: dict[Language, dict[str, str]] = {
    "en": {
        "link": "Link",
        "read": "Read from",
        "area": "Application area",
        "contribution": "Core contribution",
        "usage": "How to use it",
        "innovations": "Main innovations",
        "results": "Experimental results",
        "input": "Input",
        "output": "Output",
        "workflow": "Workflow",
        "hardware": "Hardware",
        "code": "Code",
    },
    "zh": {
        "link": "链接",
        "read": "阅读来源",
        "area": "应用领域",
        "contribution": "一句话核心贡献",
        "usage": "使用指南",
        "innovations": "主要创新点",
        "results": "实验效果",
        "input": "输入",
        "output": "输出",
        "workflow": "流程",
        "hardware": "硬件需求",
        "code": "代码",
    },
}


def render(edition: Edition, settings: Settings) -> str:
    """The Markdown of an edition. Pure: the same edition and settings give the same text."""
    reports = settings.config.reports
    values = {
        "edition": edition,
        "choice": reports.get_selection(edition.report),
        "stated": Markdown(NOT_STATED[edition.language]),
        "rule": _RULE,
    }
    if edition.report in reports.custom:
        return _render_custom(reports.custom[edition.report], edition, values)
    template = ENVIRONMENT.get_template(f"{edition.report}.md.jinja")
    return template.render(labels=DEEP_READ_LABELS[edition.language], **values)


def _render_custom(own: CustomReport, edition: Edition, values: Mapping[str, Any]) -> str:
    """A report by its user's template. Raises `TemplateError` when it fails, or leaves out what a report must show."""
    where = f"{own.name}/template.md.jinja"
    try:
        markdown = ENVIRONMENT.from_string(own.template).render(values)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{where}, line {error.lineno}: {error.message}") from error
    except Exception as error:  # whatever a user's template does
        raise TemplateError(f"{where}, line {_find_template_line(error)}: {error}") from error
    if lacking := describe_missing(markdown, [entry.paper.id for entry in edition.papers]):
        raise TemplateError(f"{where}: {lacking}")
    return markdown


def _find_template_line(error: Exception) -> int:
    """The template's line at which rendering failed."""
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return lines[-1] if lines else 0


def describe_missing(markdown: str, ids: Collection[str]) -> str | None:
    """What a report of one's own does not show though it must, in a sentence: every paper, what was read, by whom."""
    if unnamed := [id_ for id_ in ids if id_ not in markdown]:
        return f"it does not show {', '.join(unnamed[:3])}: write {{{{ entry.paper.id }}}} for every paper"
    if len(re.findall(PROVENANCE, markdown)) < len(ids):
        return "it does not say what was read: write <sub>{{ entry.provenance }}</sub> for every paper"
    return None


def hash_templates() -> str:
    """A hash of all that decides how an edition is rendered, so that a change shows the reports as stale."""
    templates = resources.files(__package__).joinpath("templates").iterdir()
    sources = [
        file.read_bytes() for file in sorted(templates, key=lambda file: file.name) if file.name.endswith(".md.jinja")
    ]
    sources += [
        inspect.getsource(module).encode() for module in (editions, markdown, markdown_sanitizer, sys.modules[__name__])
    ]
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source)
    return digest.hexdigest()[:12]


def join_authors(authors: Sequence[str], first: int | None = None) -> Markdown:
    """Authors joined by commas: all, or the first some with `et al.` after them."""
    known = markdown.names(authors)
    shown = [markdown.text(name) for name in known[:first]]
    if first is not None and len(known) > first:
        shown.append(Markdown("et al."))
    return Markdown(", ".join(shown))


@jinja2.pass_context
def format_field(context: Mapping[str, Any], value: str | Sequence[str] | None, entry: EditionEntry) -> Markdown:
    """What a summary's field says, on one line; a list's items without their final stop, joined by semicolons."""
    items = [value] if isinstance(value, str) else [_strip_final_stop(item) for item in value or ()]
    lines = map(markdown_sanitizer.sanitize_line if entry.by_model else markdown.text, items)
    return Markdown("; ".join(line for line in lines if not is_filler(line)) or context["stated"])


@jinja2.pass_context
def format_plain_field(context: Mapping[str, Any], value: str | None, entry: EditionEntry) -> str:
    """What a summary's field says, in plain words."""
    said = markdown_sanitizer.strip_markdown(value or "") if entry.by_model else markdown.fold(value or "")
    return said or str(context["stated"])


@jinja2.pass_context
def format_analysis(context: Mapping[str, Any], entry: EditionEntry) -> Markdown:
    """The analysis of a `field_review` paper: what it says of each aspect, under its label."""
    said: list[str] = []
    for name, label in _ANALYSIS.items():
        value = getattr(entry.fields, name) or ""
        body = markdown_sanitizer.sanitize_blocks(value) if entry.by_model else markdown.text(value)
        if body:
            starts_with_words = body[0] not in "#-" and not body[0].isdigit()
            said.append(f"**{label}:**" + (" " if starts_with_words else "\n\n") + body)
    return Markdown("\n\n".join(said) or context["stated"])


def format_executive_summary(edition: Edition) -> Markdown:
    """The day's overview, its links limited to papers of the edition; without one, the list of papers."""
    if not edition.entries:
        return Markdown("No papers of the field today." if edition.mailing else "No mailing today.")
    anchors = {entry.anchor for entry in edition.entries}
    overview = edition.overview
    said: list[str] = [markdown_sanitizer.sanitize_blocks(overview.markdown, anchors)] if overview else []
    if overview is None or not anchors & set(markdown_sanitizer.find_anchors(overview.markdown)):
        said.append("\n".join(f"- [{markdown.link_text(entry.title)}](#{entry.anchor})" for entry in edition.entries))
    writer = f"Written by {overview.writer}" if overview else "No overview was written: these are the papers"
    note = f" · {overview.note}" if overview and overview.note else ""
    said.append(f"<sub>{markdown.text(writer + note)}</sub>")
    return Markdown("\n\n".join(filter(None, said)))


def _strip_final_stop(item: str) -> str:
    item = item.rstrip()
    keeps = item.endswith(("et al.", "etc.", "..", "e.g.", "i.e."))
    return item if keeps else item.rstrip(".。;；")


def _escape(value: Any) -> Markdown:
    return value if isinstance(value, Markdown) else markdown.text(str(value))


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
        text=markdown.text,
        link_text=markdown.link_text,
        raw=markdown.raw,
        cell=markdown.cell,
        people=join_authors,
        content=format_field,
        plain=format_plain_field,
        analysis=format_analysis,
        executive_summary=format_executive_summary,
    )
    return environment


ENVIRONMENT = _make_environment()
