"""Overview of a report's day: themes, highlights and a reading list, by a model or extracted from the summaries.

Every claim rests on papers of the edition. The model names them by id and the program makes the links, so a link
can only lead to a paper that is there; a claim without a paper gets the one whose summary says the same, or goes.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import Field
from rapidfuzz import fuzz, process

from digest_assets.common.errors import ModelError
from digest_assets.config.fields import Language, ReportName
from digest_assets.config.settings import Config, Settings
from digest_assets.llm.budget import Spending
from digest_assets.llm.client import Deadline
from digest_assets.llm.llm import LLM
from digest_assets.llm.prompting import build_prompt, fence, format_papers
from digest_assets.llm.requests import LLMRequest, LLMResponse
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.acceptance import check_echo, check_language
from digest_assets.summaries.extractive.overview import OVERVIEW_LABELS, OverviewEntry, extract_overview
from digest_assets.summaries.prompts import PROMPTS
from digest_assets.summaries.sanitize import strip_chat_phrases
from digest_assets.summaries.schemas import SummarySchema, iterate_texts, load_fields
from digest_assets.summaries.tables import OverviewRow, SummaryRow
from digest_assets.summaries.verification.numbers import WARNING, NumberIndex, mark_missing, trace_numbers
from digest_assets.texts.sentences import split_sentences

REPORTS_WITH_OVERVIEW: tuple[ReportName, ...] = ("field_review",)  # the reports that have an overview

# Token-set ratio (0 to 100) from which a claim belongs to a summary. Of the contributions of 40 real papers, taken as
# claims, 99% score below 49 with another paper's summary and none above 63; with their own, copied, 97 and more.
_MIN_SIMILARITY = 70.0
_MAX_TITLE_CHARACTERS = 60  # a link is to fit its line beside others
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
    """An overview to be made: a report's day, its papers in the report's order, each with its summary."""

    day: date
    report: ReportName
    language: Language
    papers: tuple[tuple[PaperRow, SummaryRow], ...]

    def link_paper(self, paper: PaperRow) -> str:
        """The link to a paper's place in the report, by the name that its title gives it (`Name: what it is`)."""
        name, colon, _ = paper.title.partition(": ")
        title = name if colon and len(name.split()) <= _MAX_NAME_WORDS else paper.title
        if len(title) > _MAX_TITLE_CHARACTERS:
            title = title[:_MAX_TITLE_CHARACTERS].rsplit(" ", 1)[0] + " …"
        return f"[{_escape_title(title)}](#{paper.id}v{paper.version or 1})"

    def collect_texts(self, summary: SummaryRow) -> list[str]:
        """The texts of a summary's fields, without evidence and marks."""
        texts = iterate_texts(load_fields(self.report, summary.fields))
        return [text.replace(WARNING, "") for path, text in texts if not path.endswith(".evidence")]


def make_overviews(
    requests: Sequence[OverviewRequest], settings: Settings, *, refresh: bool = False
) -> tuple[list[OverviewRow], Spending]:
    """The overview of each report's day that has papers, and what this run spent."""
    requests = [request for request in requests if request.papers]
    if settings.config.summaries.engine == "extractive" or not requests:
        return [_build_extractive_row(request) for request in requests], Spending()
    return asyncio.run(_ask_model(requests, settings, refresh))


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
                rows.append(_build_row(request, llm_request, response))
            except ModelError as error:
                rows.append(_build_extractive_row(request, str(error)))
        return rows, model.spending


def build_llm_request(request: OverviewRequest, config: Config) -> LLMRequest[Overview]:
    """What the model is asked about a report's day."""
    texts = {
        paper.id: "\n".join([_fold_whitespace(paper.title), *request.collect_texts(summary)])
        for paper, summary in request.papers
    }
    instruction = PROMPTS.render_instruction(
        "overview", request.language, field=config.reports.field_review.field, papers=len(texts)
    )
    model = config.summaries.get_model("overview")
    return LLMRequest(
        purpose="overview",
        model=model.name,
        model_id=model.model,
        system=PROMPTS.render_system(),
        prompt=build_prompt(fence("edition", format_papers(texts)), instruction),
        response_model=Overview,
        day=request.day,
        report=request.report,
        parameters=model.parameters,
        check=_build_check(request.language, instruction),
    )


def _build_check(language: Language, instruction: str) -> Callable[[Overview], None]:
    """Refuses what is no overview although it fits the schema."""

    def check(overview: Overview) -> None:
        texts = [text for path, text in iterate_texts(overview) if ".papers." not in path]
        check_language(" ".join(texts), language)
        check_echo(texts, Overview, instruction)

    return check


def _build_row(
    request: OverviewRequest, llm_request: LLMRequest[Overview], response: LLMResponse[Overview]
) -> OverviewRow:
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
        key=llm_request.key,
        input_tokens=response.usage.input_tokens,
        cached_tokens=response.usage.cached_tokens,
        output_tokens=response.usage.output_tokens,
        cost_usd=response.usage.cost_usd,
    )


def render_overview(overview: Overview, request: OverviewRequest) -> str:
    """The overview as Markdown; every claim is linked, every number that no summary states is marked."""
    index = NumberIndex.from_texts(text for _, summary in request.papers for text in request.collect_texts(summary))
    linker = _Linker(request)
    labels = OVERVIEW_LABELS[request.language]

    def line(claim: Claim) -> str | None:
        text, links = _to_plain_line(claim.text), linker.link_claim(claim)
        return f"- {mark_missing(text, trace_numbers(text, index))} ({links})" if text and links else None

    def block(heading: str, claims: Sequence[Claim]) -> list[str]:
        lines = [linked for claim in claims if (linked := line(claim))]
        return [f"**{heading}**", "\n".join(lines)] if lines else []

    claims = [part for theme in overview.themes for part in block(_to_plain_line(theme.name), theme.claims)]
    highlights = block(labels["highlights"], overview.highlights)
    reading = block(labels["reading"], overview.reading_list)
    parts = [*claims, *highlights, *reading]
    # The opening may say nothing that a reader would want a link for: a sentence with a number is a claim.
    opening = _to_plain_line(overview.opening or "")
    if parts and opening and not trace_numbers(opening, index):
        parts.insert(0, opening)
    return "\n\n".join(parts)


class _Linker:
    """Finds the papers that a claim rests on."""

    def __init__(self, request: OverviewRequest) -> None:
        self._request = request
        self._papers = {paper.id: paper for paper, _ in request.papers}
        self._texts = {paper.id: " ".join([paper.title, *request.collect_texts(row)]) for paper, row in request.papers}

    def link_claim(self, claim: Claim) -> str:
        ids = dict.fromkeys(id_.strip().removeprefix("arXiv:").split("v")[0] for id_ in claim.papers)
        papers = [self._papers[id_] for id_ in ids if id_ in self._papers]
        if not papers:
            best = process.extractOne(
                claim.text, self._texts, scorer=fuzz.token_set_ratio, score_cutoff=_MIN_SIMILARITY
            )
            papers = [self._papers[best[2]]] if best else []
        return ", ".join(self._request.link_paper(paper) for paper in papers)


def _build_extractive_row(request: OverviewRequest, failure: str | None = None) -> OverviewRow:
    """Themes, highlights and a reading list in the papers' own words."""
    entries = []
    for paper, summary in request.papers:
        fields = load_fields(request.report, summary.fields)
        text = fields.contribution or fields.method or fields.relevance or ""
        first = next(iter(split_sentences(_to_plain_line(text))), None)
        entries.append(
            OverviewEntry(request.link_paper(paper), paper.title, first, _to_plain_line(fields.results or ""))
        )
    key = hashlib.sha256("\0".join(row.key for _, row in request.papers).encode()).hexdigest()
    return OverviewRow(
        day=request.day,
        report=request.report,
        language=request.language,
        engine="extractive",
        model=None,
        markdown=extract_overview(entries, request.language),
        note=failure,
        failed=failure is not None,
        key=f"extractive-{key}",
    )


def _to_plain_line(text: str) -> str:
    """A model's sentence as one line of Markdown without links, ids, headings or HTML."""
    text = re.sub(r"!?\[([^\[\]]*+)\]\([^)]{0,1000}+\)", r"\1", strip_chat_phrases(text))
    text = re.sub(r"https?://\S+|(?<!\s)\s*+\(?#?\barXiv:\s?\d{4}\.\d{4,5}(?:v\d+)?\)?", "", text, flags=re.IGNORECASE)
    return _fold_whitespace(text).replace("<", "&lt;").lstrip("#>-*+ ").strip()


def _fold_whitespace(text: str) -> str:
    return " ".join(text.split())


def _escape_title(title: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", _fold_whitespace(title))
