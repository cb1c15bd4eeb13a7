"""Snippets: an edition or a paper in brief, and its links, as feeds, messages and exports carry them.

Formulas are in plain characters, since neither mail programs nor chats typeset them. HTML is made with Jinja2's
autoescape, from plain words; links lead to arXiv, Hugging Face and the site only. Templates that one room alone uses
lie in that room.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import jinja2
from markupsafe import Markup

from digest_assets.common import markdown
from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.config.fields import ReportName
from digest_assets.config.settings import Settings
from digest_assets.reports import markdown_sanitizer, urls
from digest_assets.reports.edition import Edition, EditionEntry
from digest_assets.reports.formulas import write_formulas_plainly
from digest_assets.reports.labels import get_display_name
from digest_assets.reports.summary_sections import find_lead

MAX_PAPERS = 40  # of an edition in brief: a message that people read to its end; the whole one is a link away
_GIST_CHARACTERS = 500  # a short paragraph: longer ones are cut at a word
_HUGGING_FACE = ("daily_table", "deep_read")


@dataclass(frozen=True, slots=True)
class SnippetLinks:
    """Where things can be opened: on the site if it is served somewhere, else where the papers come from.

    Args:
        site: The address of the served site, ending with a slash.
    """

    site: str | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "SnippetLinks":
        """As the settings say."""
        base = settings.config.feeds.base_url
        return cls(f"{str(base).rstrip('/')}/" if base else None)

    def paper(self, entry: EditionEntry) -> str:
        """A paper's page; its line on its day's page where this report does not read it in full."""
        if not self.site:
            return self.arxiv(entry)
        has_page = entry.placement.reading_depth == "full"
        return self.site + (
            urls.paper_page(entry.paper.id) if has_page else urls.paper_place(entry.paper.day, entry.paper.id)
        )

    def arxiv(self, entry: EditionEntry) -> str:
        """A paper's abstract at arXiv."""
        return build_paper_url("abs", entry.paper.id)

    def report(self, report: ReportName, day: date) -> str | None:
        """An edition's page; the day at Hugging Face for a report of its papers; nothing else without a site."""
        if self.site:
            return self.site + urls.report_page(day, report)
        return f"https://huggingface.co/papers/date/{day}" if report in _HUGGING_FACE else None


@dataclass(frozen=True, slots=True)
class BriefGroup:
    """The first papers of a group of an edition, and how many more it has."""

    name: str
    entries: tuple[EditionEntry, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Brief:
    """As much of an edition as a message holds.

    Args:
        groups: Those of which papers are named.
        more: How many entries are left out of all groups.
    """

    groups: tuple[BriefGroup, ...]
    more: int


def select_brief(edition: Edition, papers: int = MAX_PAPERS) -> Brief:
    """The first papers of all groups, a paper of each group in turn, so that no topic is crowded out by an earlier one."""
    rounds = sorted(
        (round_number, number)
        for number, group in enumerate(edition.groups)
        for round_number in range(len(group.entries))
    )
    taken = [number for _, number in rounds[:papers]]
    groups = [
        BriefGroup(group.name, tuple(group.entries[:count]), len(group.entries) - count)
        for number, group in enumerate(edition.groups)
        if (count := taken.count(number))
    ]
    return Brief(tuple(groups), len(rounds) - len(taken))


def fit_brief(edition: Edition, fits: Callable[[Brief], bool]) -> Brief:
    """The longest brief, up to `MAX_PAPERS`, that fits; `fits` is asked some six times."""
    sizes = range(1, MAX_PAPERS + 1)
    size = bisect_right(sizes, False, key=lambda papers: not fits(select_brief(edition, papers)))
    return select_brief(edition, size)


def get_report_title(report: ReportName, settings: Settings) -> str:
    """A report's name for people."""
    return (
        f"{settings.config.reports.field_review.field} review" if report == "field_review" else get_display_name(report)
    )


def format_headline(edition: Edition, settings: Settings) -> str:
    """An edition in a line."""
    count = len(edition.papers)
    papers = f"{count} paper{'' if count == 1 else 's'}"
    return f"{get_report_title(edition.report, settings)} · {edition.day} · {papers}"


def render_brief_html(brief: Brief, edition: Edition, links: SnippetLinks) -> Markup:
    """The papers of a brief, each in a sentence, as an HTML fragment."""
    template = _ENVIRONMENT.get_template("edition.html.jinja")
    page = links.report(edition.report, edition.day)
    return Markup(template.render(brief=brief, head_note=edition.head_note, page=page, links=links))  # noqa: S704


def format_words(value: str, entry: EditionEntry) -> str:
    """A summary's text in plain words."""
    text = markdown_sanitizer.strip_markdown(value) if entry.by_model else markdown.to_single_line(value)
    return write_formulas_plainly(text)


def format_gist(entry: EditionEntry) -> str:
    """The paper in a sentence or a short paragraph: its summary's lead, else its abstract."""
    lead = format_words(find_lead(entry.fields) or "", entry)
    return shorten(lead or format_plain(entry.paper.abstract), _GIST_CHARACTERS)


def format_plain(text: str) -> str:
    """A title or an abstract on one line, its formulas in plain characters."""
    return write_formulas_plainly(markdown.to_single_line(text))


def shorten(text: str, max_characters: int) -> str:
    """The text on one line, cut at a word where it is too long."""
    text = markdown.to_single_line(text)
    if len(text) <= max_characters:
        return text
    kept = text[: max_characters - 1]
    words = kept.rpartition(" ")[0]
    return (words if len(words) > max_characters // 2 else kept) + "…"


def format_authors(entry: EditionEntry) -> str:
    """The first five authors."""
    names = markdown.normalize_names(entry.paper.authors)
    return ", ".join([*names[:5], "et al."] if len(names) > 5 else names)


def make_environment(package: str) -> jinja2.Environment:
    """The environment of a package's snippet templates: `*.html.jinja` is autoescaped, `*.txt.jinja` is plain text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(enabled_extensions=("html.jinja",)),
        finalize=lambda value: value if isinstance(value, Markup) else markdown.to_single_line(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        words=format_words,
        gist=format_gist,
        authors=format_authors,
        plain=format_plain,
        unlinked=markdown.break_addresses,
    )
    return environment


_ENVIRONMENT = make_environment(__package__)
