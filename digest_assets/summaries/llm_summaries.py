"""From a wished-for summary to the model's questions: one, or, for a text longer than the model reads, several."""

from collections.abc import Sequence
from dataclasses import replace

from digest_assets.common.errors import ModelError
from digest_assets.config.settings import Config
from digest_assets.llm.client import ContextError, Deadline
from digest_assets.llm.engine import LLM
from digest_assets.llm.prompting import build_prompt, fence
from digest_assets.llm.requests import LLMRequest, LLMResponse
from digest_assets.summaries.map_reduce import Notes, merge_notes, split_sections
from digest_assets.summaries.prompts import PROMPTS, render_paper
from digest_assets.summaries.requests import SummaryRequest
from digest_assets.summaries.schemas import SummarySchema, get_schema
from digest_assets.texts.tables import Section

_MIN_CONTEXT_TOKENS = 1_000  # tokens; a model that overflows on less cannot read papers
_INSTRUCTION_TOKENS = 1_500


def build_llm_request(wish: SummaryRequest, config: Config) -> LLMRequest[SummarySchema]:
    """The question about the whole text; its key stands for the summary also when the text is read in parts."""
    return LLMRequest(
        purpose="summary",
        model=config.summaries.model,
        system=PROMPTS.render_system(),
        prompt=build_prompt(wish.content.fenced_text, _render_instruction(wish, config)),
        response_model=wish.schema,
        day=wish.day,
        paper=wish.id,
        report=wish.report,
        parameters=config.summaries.parameters,
        schema_family=_find_related_schemas(wish, config),
    )


def _find_related_schemas(wish: SummaryRequest, config: Config) -> tuple[type[SummarySchema], ...]:
    """The profiles of all reports that read as deep as this one.

    They do not depend on which of them show the paper: a question is the same whatever day or report asks it first.
    """
    reports = config.reports
    alike = (name for name, choice in reports.enabled_reports().items() if choice.read == reports.get_config(wish.report).read)
    return tuple(get_schema(name, reports.custom.get(name)) for name in alike)


def split_to_context(wish: SummaryRequest, question: LLMRequest[SummarySchema], config: Config) -> list[tuple[Section, ...]]:
    """The parts in which a text has to be read: one, if it fits."""
    if question.estimated_tokens <= config.summaries.context_tokens:
        return [wish.content.text.sections]
    return _split(wish, config.summaries.context_tokens)


def _split(wish: SummaryRequest, tokens: int) -> list[tuple[Section, ...]]:
    return split_sections(wish.content.text.sections, max(tokens - _INSTRUCTION_TOKENS, _MIN_CONTEXT_TOKENS // 2))


async def request_summary(
    model: LLM, wish: SummaryRequest, question: LLMRequest[SummarySchema], config: Config, deadline: Deadline, *, refresh: bool = False
) -> LLMResponse[SummarySchema]:
    """The model's summary: from the whole text if it fits, else from notes on its parts. Raises `ModelError`."""
    tokens = config.summaries.context_tokens
    if model.is_cached(question) and not refresh:
        return await model.ask(question, deadline)
    if question.estimated_tokens <= tokens:
        try:
            return await model.ask(question, deadline, refresh=refresh)
        except ContextError:
            tokens = question.estimated_tokens // 2
    while tokens >= _MIN_CONTEXT_TOKENS:
        try:
            notes = await _take_notes(model, wish, config, deadline, tokens)
            material = fence("paper", render_paper(wish.content.paper.title, notes))
            short = replace(question, prompt=build_prompt(material, _render_instruction(wish, config)))
            return await model.ask(short, deadline, refresh=refresh, cache_key=question.key)
        except ContextError:
            tokens //= 2
    raise ModelError("the text is longer than the model reads, also in small parts")


async def _take_notes(model: LLM, wish: SummaryRequest, config: Config, deadline: Deadline, tokens: int) -> tuple[Section, ...]:
    parts = _split(wish, tokens)
    questions = [_build_notes_request(wish, config, part, place, len(parts)) for place, part in enumerate(parts, 1)]
    model.preload_cache(questions)
    notes = [
        (part, (await model.ask(question, deadline)).value) for part, question in zip(parts, questions, strict=True)
    ]
    return merge_notes(notes)


def _render_instruction(wish: SummaryRequest, config: Config) -> str:
    if wish.custom is not None:
        schema, prompt = wish.schema.__name__, wish.custom.prompt.strip()
        return PROMPTS.render_instruction("own", wish.language, schema=schema, prompt=prompt)
    return PROMPTS.render_instruction(wish.report, wish.language, field=config.reports.field_review.field)


def _build_notes_request(wish: SummaryRequest, config: Config, part: Sequence[Section], place: int, parts: int) -> LLMRequest[Notes]:
    choice = config.summaries
    material = fence("paper", render_paper(wish.content.paper.title, part))
    return LLMRequest(
        purpose="notes",
        model=choice.model,
        system=PROMPTS.render_system(),
        # The notes serve every profile, so they keep the paper's language.
        prompt=build_prompt(material, PROMPTS.render_instruction("notes", "en", part=place, parts=parts)),
        response_model=Notes,
        day=wish.day,
        paper=wish.id,
        parameters=choice.parameters,
    )
