"""Overview of a report's day: themes, highlights and a reading list, by a model or extracted from the summaries.

Every claim rests on papers of the edition. The model names them by id and the program makes the links, so a link
can only lead to a paper that is there; a claim without a paper gets the one whose summary says the same, or goes.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from pydantic import Field
from rapidfuzz import fuzz, process

from digest_assets.common.errors import ModelError
from digest_assets.config.fields import Language, ReportName
from digest_assets.config.settings import Config, Settings
from digest_assets.llm.budget import Spending
from digest_assets.llm.client import Deadline
from digest_assets.llm.llm import LLM
from digest_assets.llm.prompting import PromptTemplates, build_prompt, fence, format_papers
from digest_assets.llm.requests import LLMRequest, LLMResponse, build_json_schema
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.acceptance import check_echo, check_language
from digest_assets.summaries.chinese import set_chinese
from digest_assets.summaries.extractive.comparisons import Comparison, find_table_comparison, is_comparison
from digest_assets.summaries.extractive.overview import OVERVIEW_LABELS, FieldDay, OverviewEntry, extract_overview
from digest_assets.summaries.extractive.themes import FieldPaper
from digest_assets.summaries.prompts import FORMER_PROMPTS, PROMPTS
from digest_assets.summaries.sanitize import strip_chat_phrases
from digest_assets.summaries.schemas import SummarySchema, iterate_texts, load_fields
from digest_assets.summaries.tables import OverviewRow, SummaryClaim, SummaryRow
from digest_assets.summaries.verification.claims import check_claims, mark_unsupported
from digest_assets.summaries.verification.numbers import WARNING
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.texts.sentences import find_sentence_spans, split_sentences
from digest_assets.texts.spans import Span
from digest_assets.texts.tables import TextRow

REPORTS_WITH_OVERVIEW: tuple[ReportName, ...] = ("field_review",)  # the reports that have an overview

# Token-set ratio (0 to 100) from which a claim belongs to a summary. Of the contributions of 40 real papers, taken as
# claims, 99% score below 49 with another paper's summary and none above 63; with their own, copied, 97 and more.
_MIN_SIMILARITY = 70.0
_MAX_TITLE_CHARACTERS = 60  # a link is to fit its line beside others
_RESULT_FIELDS = ("results", "key_findings", "contribution")  # where a comparison is looked for, in this order
_SCORE = re.compile(r"^score [\d.]{1,8}: ")  # a reader wants the reasons, not the sum
_SINGLE_WORD = re.compile(r"[A-Za-z]{1,40}")  # hyphens join several, and Chinese has no spaces
_MAX_NAME_WORDS = 4  # what stands before a title's colon is a name (`Name: what it is`) up to this length


class Claim(SummarySchema):
    """A statement and the papers it rests on."""

    text: str = Field(description="One sentence, with a figure where the summaries give one.")
    papers: tuple[str, ...] = Field(description="Ids of the papers of this edition that it rests on.")


class Theme(SummarySchema):
    """Something that several papers share."""

    name: str = Field(description="A few words.")
    claims: tuple[Claim, ...] = Field(description="One to three claims.")


class Overview(SummarySchema):
    """An executive summary of a day's edition."""

    opening: str | None = Field(description="One or two sentences on what the day is about, without figures.")
    themes: tuple[Theme, ...] = Field(description="Two to four themes.")
    highlights: tuple[Claim, ...] = Field(description="The most important results.")
    reading_list: tuple[Claim, ...] = Field(description="Papers to read in full, each with the reason.")


@dataclass(frozen=True)
class OverviewRequest:
    """An overview to be made: a report's day, its papers in the report's order, each with its summary.

    Args:
        day: The day.
        report: The report.
        language: What it is written in.
        papers: The report's papers.
        around: The field's other papers, of the day and of the weeks before.
        texts: What was read of the papers, by id, where they were read in full.
        reasons: Why the papers are in the report, by id.
    """

    day: date
    report: ReportName
    language: Language
    papers: tuple[tuple[PaperRow, SummaryRow], ...]
    around: FieldDay = field(default_factory=FieldDay)
    texts: Mapping[str, TextRow] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def link_paper(self, paper: PaperRow) -> str:
        """The link to a paper's place in the report, by the name that its title gives it (`Name: what it is`)."""
        name, colon, _ = paper.title.partition(": ")
        title = name if colon and len(name.split()) <= _MAX_NAME_WORDS else paper.title
        if len(title) > _MAX_TITLE_CHARACTERS:
            title = title[:_MAX_TITLE_CHARACTERS].rsplit(" ", 1)[0] + " …"
        return f"[{_escape_title(title)}](#{paper.id}v{paper.version or 1})"

    def collect_texts(self, summary: SummaryRow, *, checked: bool = True) -> list[str]:
        """The texts of a summary's fields, without evidence and marks; `checked`: without what nothing supports."""
        unsupported = (
            {claim.sentence for claim in summary.claims if claim.verdict == "unsupported"} if checked else set()
        )
        texts = []
        for path, marked in iterate_texts(load_fields(self.report, summary.fields)):
            text = marked.replace(WARNING, "")
            if unsupported and (spans := find_sentence_spans(text)):
                sentences = [text[start:end] for start, end in spans]
                text = " ".join(sentence for sentence in sentences if sentence not in unsupported)
            if text and not path.endswith(".evidence"):
                texts.append(text)
        return texts


def make_overviews(
    requests: Sequence[OverviewRequest], settings: Settings, *, refresh: bool = False
) -> tuple[list[OverviewRow], Spending]:
    """The overview of each report's day that has papers, and what this run spent."""
    requests = [request for request in requests if request.papers]
    if settings.config.summaries.engine == "extractive" or not requests:
        return [_build_extractive_row(request) for request in requests], Spending()
    return asyncio.run(_ask_model(requests, settings, refresh))


def extract_overviews_again(requests: Sequence[OverviewRequest], stored: Sequence[OverviewRow]) -> list[OverviewRow]:
    """The stored overviews with those anew that were extracted: the weeks before count in them alone. No model is asked."""
    request_by_key = {(request.day, request.report): request for request in requests if request.papers}
    rows = []
    for row in stored:
        request = request_by_key.get((row.day, row.report))
        extract = row.engine == "extractive" and request is not None and request.language == row.language
        rows.append(_build_extractive_row(request, row.note) if extract and request else row)
    return rows


async def _ask_model(
    requests: Sequence[OverviewRequest], settings: Settings, refresh: bool
) -> tuple[list[OverviewRow], Spending]:
    rows = []
    async with LLM.open(settings, {request.day for request in requests}) as model:
        llm_requests = [build_llm_request(request, settings.config) for request in requests]
        model.preload_cache(llm_requests)
        for request, llm_request in zip(requests, llm_requests, strict=True):
            deadline = Deadline(settings.config.summaries.deadline_seconds)
            try:
                response = await model.ask(llm_request, deadline, refresh=refresh)
                rows.append(_build_row(request, response))
            except ModelError as error:
                rows.append(_build_extractive_row(request, str(error)))
        return rows, model.spending


def build_llm_request(request: OverviewRequest, config: Config) -> LLMRequest[Overview]:
    """What the model is asked about a report's day."""
    model = config.summaries.get_model("overview")
    instruction, prompt = _render_prompt(request, config, PROMPTS, checked=True)
    llm_request = LLMRequest(
        purpose="overview",
        model=model.name,
        model_id=model.model,
        system=PROMPTS.render_system(),
        prompt=prompt,
        response_model=Overview,
        day=request.day,
        report=request.report,
        parameters=model.parameters,
        check=_build_check(request.language, instruction),
    )
    _, former = _render_prompt(request, config, FORMER_PROMPTS, checked=False)
    return replace(llm_request, former_keys=(llm_request.compute_key(former, build_json_schema(Overview)),))


def _render_prompt(
    request: OverviewRequest, config: Config, prompts: PromptTemplates, *, checked: bool
) -> tuple[str, str]:
    """The instruction, and the whole message: the papers' summaries, then the instruction."""
    texts = {
        paper.id: "\n".join([_fold_whitespace(paper.title), *request.collect_texts(summary, checked=checked)])
        for paper, summary in request.papers
    }
    instruction = prompts.render_instruction(
        "overview", request.language, field=config.reports.field_review.field, papers=len(texts)
    )
    return instruction, build_prompt(fence("edition", format_papers(texts)), instruction)


def _build_check(language: Language, instruction: str) -> Callable[[Overview], None]:
    """Refuses what is no overview although it fits the schema."""

    def check(overview: Overview) -> None:
        texts = [text for path, text in iterate_texts(overview) if ".papers." not in path]
        check_language(" ".join(texts), language)
        check_echo(texts, Overview, instruction)
        if single := next(
            (theme.name for theme in overview.themes if _SINGLE_WORD.fullmatch(theme.name.strip())), None
        ):
            raise ValueError(f"{single!r} names no theme; give a term of two or more words")

    return check


def _build_row(request: OverviewRequest, response: LLMResponse[Overview]) -> OverviewRow:
    markdown = render_overview(response.value, request)
    if not markdown:
        raise ModelError("the overview made no claim that rests on a paper of the edition")
    return OverviewRow(
        day=request.day,
        report=request.report,
        language=request.language,
        engine="openai",
        model=response.model,
        markdown=markdown,
        note=response.note,
        key=response.key,
        input_tokens=response.usage.input_tokens,
        cached_tokens=response.usage.cached_tokens,
        output_tokens=response.usage.output_tokens,
        cost_usd=response.usage.cost_usd,
    )


def render_overview(overview: Overview, request: OverviewRequest) -> str:
    """The overview as Markdown: every claim is linked and checked against the summaries of the papers that it links.

    A number that they do not state is marked, and so is a sentence that nothing in them supports.
    """
    linker = _Linker(request)
    labels = OVERVIEW_LABELS[request.language]

    def line(claim: Claim) -> str | None:
        text, papers = _to_plain_line(claim.text), linker.find_papers(claim)
        return f"- {linker.check(text, papers)} ({linker.link(papers)})" if text and papers else None

    def block(heading: str, claims: Sequence[Claim]) -> list[str]:
        lines = [linked for claim in claims if (linked := line(claim))]
        return [f"**{heading}**", "\n".join(lines)] if lines else []

    claims = [part for theme in overview.themes for part in block(_to_plain_line(theme.name), theme.claims)]
    highlights = block(labels["highlights"], overview.highlights)
    reading = block(labels["reading"], overview.reading_list)
    parts = [*claims, *highlights, *reading]
    if parts and (opening := linker.link_sentences(_to_plain_line(overview.opening or ""))):
        parts.insert(0, opening)
    return "\n\n".join(parts)


class _Linker:
    """Finds the papers that a claim rests on, and checks it against their summaries."""

    def __init__(self, request: OverviewRequest) -> None:
        self._request = request
        self._papers = {paper.id: paper for paper, _ in request.papers}
        texts = {
            paper.id: [_fold_whitespace(paper.title), *request.collect_texts(row)] for paper, row in request.papers
        }
        self._texts = {id_: " ".join(parts) for id_, parts in texts.items()}
        self._units = {
            id_: [
                SourceUnit(Span(place, 0, 0, len(sentence)), sentence)
                for part in parts
                for sentence in split_sentences(part)
            ]
            for place, (id_, parts) in enumerate(texts.items())
        }

    def find_papers(self, claim: Claim) -> list[str]:
        """The ids of a claim's papers; where they are none of the day's, or say another thing, of the one that says it."""
        ids = dict.fromkeys(id_.strip().removeprefix("arXiv:").split("v")[0] for id_ in claim.papers)
        papers = [id_ for id_ in ids if id_ in self._papers]
        if not papers or WARNING in self.check(claim.text, papers):
            best = process.extractOne(
                claim.text, self._texts, scorer=fuzz.token_set_ratio, score_cutoff=_MIN_SIMILARITY
            )
            papers = [best[2]] if best else papers
        return papers

    def link(self, papers: Iterable[str]) -> str:
        """The links of papers."""
        return ", ".join(self._request.link_paper(self._papers[id_]) for id_ in papers)

    def check(self, text: str, papers: Iterable[str]) -> str:
        """The text with a mark on what these papers' summaries do not say."""
        index = SourceIndex.from_units(unit for id_ in papers for unit in self._units[id_])
        return mark_unsupported(text, check_claims(text, index))

    def link_sentences(self, text: str) -> str:
        """The sentences that the day's summaries support, each with links of those that do."""
        index = SourceIndex.from_units(unit for units in self._units.values() for unit in units)
        ids = list(self._units)
        sentences = []
        for claim in check_claims(text, index):
            if claim.verdict in ("quoted", "supported") and claim.units:
                papers = dict.fromkeys(ids[unit.span.section] for unit in claim.units)
                sentences.append(f"{text[claim.start : claim.end]} ({self.link(papers)})")
        return ("" if self._request.language == "zh" else " ").join(sentences)


def _build_extractive_row(request: OverviewRequest, failure: str | None = None) -> OverviewRow:
    """Themes, numbers and a reading list in the papers' own words."""
    entries = [_build_entry(request, paper, summary) for paper, summary in request.papers]
    key = hashlib.sha256("\0".join(row.key for _, row in request.papers).encode()).hexdigest()
    return OverviewRow(
        day=request.day,
        report=request.report,
        language=request.language,
        engine="extractive",
        model=None,
        markdown=extract_overview(entries, request.around, request.language),
        note=failure,
        failed=failure is not None,
        key=f"extractive-{key}",
    )


def _build_entry(request: OverviewRequest, paper: PaperRow, summary: SummaryRow) -> OverviewEntry:
    fields = load_fields(request.report, summary.fields)
    text = fields.contribution or fields.method or fields.relevance or ""
    return OverviewEntry(
        link=request.link_paper(paper),
        paper=FieldPaper(paper.id, _fold_whitespace(paper.title), paper.abstract),
        contribution=next(iter(split_sentences(_to_plain_line(text))), None),
        comparison=_find_comparison(request, paper, summary, fields.results or ""),
        reason=_fold_whitespace(_SCORE.sub("", request.reasons.get(paper.id, ""))),
    )


def _find_comparison(request: OverviewRequest, paper: PaperRow, summary: SummaryRow, results: str) -> Comparison | None:
    """The paper's best number beside the next best: of its tables, else in a sentence that the text supports."""
    text = request.texts.get(paper.id)
    if text is not None and (found := find_table_comparison(paper, text, request.language)):
        return Comparison(_to_plain_line(found.text), found.margin)
    if summary.claims:
        stated = find_stated_comparison(summary.claims)
    else:  # of a release that kept no claims: an extractive summary is the paper's own words
        own = split_sentences(results) if summary.engine == "extractive" else []
        stated = next(filter(is_comparison, own), None)
    return Comparison(_to_plain_line(stated), 0.0) if stated else None


def find_stated_comparison(claims: Sequence[SummaryClaim]) -> str | None:
    """The first sentence, of the results before others, that compares with a measured number and is supported."""
    for field_name in _RESULT_FIELDS:
        for claim in claims:
            is_supported = claim.verdict in ("quoted", "supported") and claim.field.split(".")[0] == field_name
            if is_supported and is_comparison(claim.sentence):
                return claim.sentence
    return None


def _to_plain_line(text: str) -> str:
    """A model's sentence as one line of Markdown without links, ids, headings or HTML."""
    text = re.sub(r"!?\[([^\[\]]*+)\]\([^)]{0,1000}+\)", r"\1", strip_chat_phrases(text))
    text = re.sub(r"https?://\S+|(?<!\s)\s*+\(?#?\barXiv:\s?\d{4}\.\d{4,5}(?:v\d+)?\)?", "", text, flags=re.IGNORECASE)
    return set_chinese(_fold_whitespace(text)).replace("<", "&lt;").lstrip("#>-*+ ").strip()


def _fold_whitespace(text: str) -> str:
    return " ".join(text.split())


def _escape_title(title: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", _fold_whitespace(title))
