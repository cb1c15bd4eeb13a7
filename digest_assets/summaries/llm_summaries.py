"""LLM summaries: the request for a summary, or, for a text longer than the model's context, several by map-reduce.

Prompts stand in `prompts`, what an answer goes through in `sanitize` and `postprocess`, calls and cache in `llm`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from digest_assets.common.errors import ModelError
from digest_assets.config.fields import FOR_YOU
from digest_assets.config.models import ModelConfig
from digest_assets.config.settings import Config
from digest_assets.llm.client import Deadline
from digest_assets.llm.llm import LLM
from digest_assets.llm.prompting import PromptTemplates, build_prompt, fence
from digest_assets.llm.provider_errors import ContextError
from digest_assets.llm.requests import LLMRequest, LLMResponse
from digest_assets.summaries.acceptance import build_check
from digest_assets.summaries.citations import strip_marks
from digest_assets.summaries.map_reduce import Notes, merge_notes, split_sections
from digest_assets.summaries.postprocess import Postprocessor
from digest_assets.summaries.prompts import FORMER_PROMPTS, PROMPTS, render_paper
from digest_assets.summaries.requests import SummaryRequest
from digest_assets.summaries.schemas import SummarySchema, build_former_schema, get_schema
from digest_assets.summaries.verification.source_units import list_text_units
from digest_assets.texts.tables import Section

_MAX_DOUBTS = 10  # sentences that a model is told: more say that it does not read
_MIN_CONTEXT_TOKENS = 1_000  # a model that overflows on less cannot read papers
# Kept free in the context for system message and instruction: about 550 by `estimate_tokens` for the built-in reports;
# a custom prompt may be longer. Where schema and answer do not fit beside them, the parts are halved.
_INSTRUCTION_TOKENS = 1_500


def build_llm_request(request: SummaryRequest, config: Config) -> LLMRequest[SummarySchema]:
    """The request with the whole text; its key stands for the summary also when the text is read in parts."""
    model = find_reader(request, config)
    instruction = render_instruction(request, config)
    llm_request = LLMRequest(
        purpose="summary",
        model=model.name,
        model_id=model.model,
        system=PROMPTS.render_system(),
        prompt=build_prompt(request.content.fenced_text, instruction),
        response_model=request.schema,
        day=request.day,
        paper=request.id,
        report=request.report,
        parameters=model.parameters,
        schema_family=_find_related_schemas(request, config),
        check=build_check(request.content, request.language, instruction),
        material=request.content.fenced_text,
    )
    if request.report == FOR_YOU:  # that release did not have it
        return llm_request
    paper = fence("paper", render_paper(request.content.paper.title, request.content.text.sections))
    former = build_prompt(paper, render_instruction(request, config, FORMER_PROMPTS))
    return replace(llm_request, former_keys=(llm_request.compute_key(former, build_former_schema(request.schema)),))


def find_reader(request: SummaryRequest, config: Config) -> ModelConfig:
    """The model that writes a summary: that of its report, or of the role `read`."""
    return config.summaries.get_model("read", config.reports.get_config(request.report).model)


def _find_related_schemas(request: SummaryRequest, config: Config) -> tuple[type[SummarySchema], ...]:
    """The schemas of all reports that read as deep as this one.

    They do not depend on which of them show the paper: a request is the same whatever day or report makes it first.
    """
    reports = config.reports
    depth = reports.get_config(request.report).read
    names = [name for name, report in reports.enabled_reports().items() if report.read == depth]
    # A reader's report comes last, and only where it is asked: for days without one, the answers' keys stay as they were.
    own = [] if request.report in names else [request.report]
    return tuple(get_schema(name, reports.custom.get(name)) for name in (*names, *own))


def split_to_context(
    request: SummaryRequest, llm_request: LLMRequest[SummarySchema], config: Config
) -> list[tuple[Section, ...]]:
    """The parts in which a text has to be read: one, if it fits."""
    tokens = config.summaries.get_context_tokens(find_reader(request, config))
    if llm_request.estimated_tokens <= tokens:
        return [request.content.numbered_sections]
    return _split(request, tokens)


def _split(request: SummaryRequest, tokens: int) -> list[tuple[Section, ...]]:
    return split_sections(
        request.content.numbered_sections, max(tokens - _INSTRUCTION_TOKENS, _MIN_CONTEXT_TOKENS // 2)
    )


async def request_summary(
    model: LLM,
    request: SummaryRequest,
    llm_request: LLMRequest[SummarySchema],
    config: Config,
    deadline: Deadline,
    *,
    refresh: bool = False,
) -> LLMResponse[SummarySchema]:
    """The model's summary: from the whole text if it fits, else from notes on its parts. Raises `ModelError`."""
    tokens = config.summaries.get_context_tokens(find_reader(request, config))
    if model.is_cached(llm_request) and not refresh:
        return await model.ask(llm_request, deadline)
    if llm_request.estimated_tokens <= tokens:
        try:
            return await model.ask(llm_request, deadline, refresh=refresh)
        except ContextError:
            tokens = llm_request.estimated_tokens // 2
    while tokens >= _MIN_CONTEXT_TOKENS:
        try:
            notes = await _take_notes(model, request, config, deadline, tokens)
            fenced = fence("paper", render_paper(request.content.paper.title, notes))
            prompt = build_prompt(fenced, render_instruction(request, config))
            from_notes = replace(llm_request, prompt=prompt, material=fenced)
            if config.summaries.mode == "batch" and not refresh:
                await model.submit_batch([from_notes])
            return await model.ask(from_notes, deadline, refresh=refresh, cache_key=llm_request.key)
        except ContextError:
            tokens //= 2
    raise ModelError("the text is longer than the model reads, also in small parts")


async def replace_unsupported(
    model: LLM,
    request: SummaryRequest,
    llm_request: LLMRequest[SummarySchema],
    response: LLMResponse[SummarySchema],
    config: Config,
    deadline: Deadline,
) -> LLMResponse[SummarySchema]:
    """The model's second answer where nothing in the text supports a sentence of its first; the first if there is none."""
    try:
        checked = await asyncio.to_thread(Postprocessor(request.content).postprocess, response.value, by_model=True)
        sentences = [f"- {claim.sentence}" for claim in checked.claims if claim.verdict == "unsupported"]
        tokens = config.summaries.get_context_tokens(find_reader(request, config))
        if not sentences or llm_request.estimated_tokens > tokens:
            return response
        doubts = "Nothing in the text supports these sentences of your last answer; do without what it does not say:"
        again = replace(llm_request, prompt="\n".join([llm_request.prompt, "", doubts, *sentences[:_MAX_DOUBTS]]))
        return await model.ask(again, deadline, refresh=True, cache_key=llm_request.key)
    except ModelError:
        return response


def list_batch_requests(
    request: SummaryRequest, llm_request: LLMRequest[SummarySchema], config: Config
) -> list[LLMRequest[Any]]:
    """What can be asked at once for a summary: the summary itself, or the notes on the parts of a long text."""
    parts = split_to_context(request, llm_request, config)
    if len(parts) == 1:
        return [llm_request]
    return [_build_notes_request(request, config, part, number, len(parts)) for number, part in enumerate(parts, 1)]


async def _take_notes(
    model: LLM, request: SummaryRequest, config: Config, deadline: Deadline, tokens: int
) -> tuple[Section, ...]:
    parts = _split(request, tokens)
    llm_requests = [
        _build_notes_request(request, config, part, number, len(parts)) for number, part in enumerate(parts, 1)
    ]
    model.preload_cache(llm_requests)
    notes = [
        (part, (await model.ask(llm_request, deadline)).value)
        for part, llm_request in zip(parts, llm_requests, strict=True)
    ]
    sentences = [unit.text for unit in list_text_units(request.content.text)]
    return merge_notes(notes, sentences)


def render_instruction(request: SummaryRequest, config: Config, prompts: PromptTemplates = PROMPTS) -> str:
    """What the model is told to do with a paper."""
    if request.custom is not None:
        schema, prompt = request.schema.__name__, request.custom.prompt.strip()
        return prompts.render_instruction("custom", request.language, schema=schema, prompt=prompt)
    return prompts.render_instruction(request.report, request.language, field=config.reports.field_review.field)


def _build_notes_request(
    request: SummaryRequest, config: Config, part: Sequence[Section], number: int, parts: int
) -> LLMRequest[Notes]:
    model = find_reader(request, config)
    fenced = fence("paper", render_paper(request.content.paper.title, part))
    plain = [section.model_copy(update={"text": strip_marks(section.text)}) for section in part]
    former = build_prompt(
        fence("paper", render_paper(request.content.paper.title, plain)),
        FORMER_PROMPTS.render_instruction("notes", "en", part=number, parts=parts),
    )
    llm_request = LLMRequest(
        purpose="notes",
        model=model.name,
        model_id=model.model,
        system=PROMPTS.render_system(),
        # The notes serve every report, so they keep the paper's language.
        prompt=build_prompt(fenced, PROMPTS.render_instruction("notes", "en", part=number, parts=parts)),
        response_model=Notes,
        day=request.day,
        paper=request.id,
        parameters=model.parameters,
    )
    return replace(llm_request, former_keys=(llm_request.compute_key(former, build_former_schema(Notes)),))
