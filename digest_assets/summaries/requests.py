"""Summary requests: which paper is summarized for which report and language, and the content that is read for it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from digest_assets.config.custom_reports import CustomReport
from digest_assets.config.fields import Depth, Language, ReportName
from digest_assets.config.reports import ReportsConfig, get_summary_report
from digest_assets.groups.tables import PaperGroupRow
from digest_assets.llm.prompting import fence
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.citations import number_sections
from digest_assets.summaries.prompts import render_paper
from digest_assets.summaries.schemas import SummarySchema, get_schema
from digest_assets.texts.expiry import require_text
from digest_assets.texts.tables import Section, TextRow, ensure_abstract


@dataclass(frozen=True)
class PaperContent:
    """A paper as one report reads it. `text` is what counts as read: the abstract alone, or all sections."""

    paper: PaperRow
    text: TextRow

    def __getstate__(self) -> dict[str, object]:
        # What another process gets: not what was made of them here, which is as long once more.
        return {"paper": self.paper, "text": self.text}

    @property
    def texts(self) -> tuple[str, ...]:
        """Title, abstract and sections: where a number or a sentence of the summary may come from."""
        return (
            self.paper.title,
            self.paper.abstract,
            *(part for s in self.text.sections for part in (s.heading, s.text)),
        )

    @cached_property
    def fenced_text(self) -> str:
        """The paper as the model sees it, its sentences numbered, fenced: the same for every report."""
        return fence("paper", render_paper(self.paper.title, self.numbered_sections))

    @cached_property
    def numbered_sections(self) -> tuple[Section, ...]:
        """The sections with each sentence's number before it."""
        return number_sections(self.text)

    @cached_property
    def content_hash(self) -> str:
        """Hash of title, abstract and text."""
        parts = (self.paper.title, self.paper.abstract, self.text.source, self.text.sha256)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class SummaryRequest:
    """A summary to be made: of a paper, for a built-in or custom report, in a language."""

    day: date
    report: ReportName
    language: Language
    content: PaperContent
    custom: CustomReport | None = None

    @property
    def schema(self) -> type[SummarySchema]:
        """What the report wants to know."""
        return get_schema(self.report, self.custom)

    @property
    def id(self) -> str:
        """The paper's arXiv id."""
        return self.content.paper.id


def build_requests(
    day: date,
    papers: Sequence[PaperRow],
    groups: Sequence[PaperGroupRow],
    texts: Sequence[TextRow],
    reports: ReportsConfig,
) -> list[SummaryRequest]:
    """The summaries that a day's reports need: each paper once per report and language, in the groups' order.

    Readers' reports share theirs. No withdrawn paper is summarized.
    """
    paper_by_id = {paper.id: paper for paper in papers}
    text_by_id = {text.id: text for text in texts}
    possible = reports.possible_reports()
    contents: dict[tuple[str, Depth], PaperContent] = {}
    requests: dict[tuple[str, str, str], SummaryRequest] = {}
    for group in groups:
        if group.report not in possible or paper_by_id[group.id].withdrawal is not None:
            continue
        report, language = get_summary_report(group.report), possible[group.report].language
        if (report, language, group.id) in requests:
            continue
        depth = (group.id, group.reading_depth)
        if depth not in contents:
            contents[depth] = _build_content(paper_by_id[group.id], text_by_id, group.reading_depth)
        requests[report, language, group.id] = SummaryRequest(
            day, report, language, contents[depth], reports.custom.get(report)
        )
    return list(requests.values())


def build_request(
    paper: PaperRow, text: TextRow | None, report: ReportName, language: Language, reports: ReportsConfig
) -> SummaryRequest:
    """The request for one paper's summary for one report."""
    depth = reports.get_config(report).read
    content = _build_content(paper, {} if text is None else {text.id: text}, depth)
    return SummaryRequest(paper.day, report, language, content, reports.custom.get(report))


def _build_content(paper: PaperRow, texts: Mapping[str, TextRow], depth: Depth) -> PaperContent:
    text = texts.get(paper.id)
    if text is None or depth == "abstract":
        return PaperContent(paper, build_abstract_text(paper))
    sections = ensure_abstract(require_text(text).sections, paper.abstract)
    return PaperContent(paper, text.model_copy(update={"sections": sections}))


def build_abstract_text(paper: PaperRow) -> TextRow:
    """The abstract as a text."""
    return TextRow(
        day=paper.day,
        id=paper.id,
        version=paper.version,
        source="abstract",
        sections=ensure_abstract((), paper.abstract),
        characters=len(paper.abstract),
        sha256=hashlib.sha256(paper.abstract.encode()).hexdigest(),
    )
