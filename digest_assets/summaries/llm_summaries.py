"""From a wished-for summary to the model's questions: one, or, for a text longer than the model reads, several."""

from collections.abc import Sequence
from dataclasses import replace

from digest_assets.common.errors import ModelError
from digest_assets.config.settings import Config
from digest_assets.llm.client import ContextError, Deadline
from digest_assets.llm.engine import LLM
from digest_assets.llm.prompting import fence, build_prompt
from digest_assets.llm.requests import LLMResponse, LLMRequest
from digest_assets.summaries.map_reduce import Notes, merged, parts_of
from digest_assets.summaries.prompts import PROMPTS, paper_text
from digest_assets.summaries.requests import SummaryRequest
from digest_assets.summaries.schemas import SummarySchema, profile_class
from digest_assets.texts.tables import Section

_SMALLEST_PART = 1_000  # tokens; a model that overflows on less cannot read papers
_ROOM_FOR_INSTRUCTION = 1_500


def question_of(wish: SummaryRequest, config: Config) -> LLMRequest[SummarySchema]:
    """The question about the whole text; its key stands for the summary also when the text is read in parts."""
    return LLMRequest(
        purpose="summary",
        model=config.summaries.model,
        system=PROMPTS.render_system(),
        prompt=build_prompt(wish.content.fenced_text, _instruction(wish, config)),
        response_model=wish.schema,
        day=wish.day,
        paper=wish.id,
        profile=wish.report,
        parameters=config.summaries.parameters,
        schema_family=_family(wish, config),
    )


def _family(wish: SummaryRequest, config: Config) -> tuple[type[SummarySchema], ...]:
    """The profiles of all reports that read as deep as this one.

    They do not depend on which of them show the paper: a question is the same whatever day or report asks it first.
    """
    reports = config.reports
    alike = (name for name, choice in reports.enabled_reports().items() if choice.read == reports.get_config(wish.report).read)
    return tuple(profile_class(name, reports.custom.get(name)) for name in alike)


def parts_in_context(wish: SummaryRequest, question: LLMRequest[SummarySchema], config: Config) -> list[tuple[Section, ...]]:
    """The parts in which a text has to be read: one, if it fits."""
    if question.estimated_tokens <= config.summaries.context_tokens:
        return [wish.content.text.sections]
    return _parts(wish, config.summaries.context_tokens)


def _parts(wish: SummaryRequest, tokens: int) -> list[tuple[Section, ...]]:
    return parts_of(wish.content.text.sections, max(tokens - _ROOM_FOR_INSTRUCTION, _SMALLEST_PART // 2))


async def answer(
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
    while tokens >= _SMALLEST_PART:
        try:
            notes = await _notes(model, wish, config, deadline, tokens)
            material = fence("paper", paper_text(wish.content.paper.title, notes))
            short = replace(question, prompt=build_prompt(material, _instruction(wish, config)))
            return await model.ask(short, deadline, refresh=refresh, cache_key=question.key)
        except ContextError:
            tokens //= 2
    raise ModelError("the text is longer than the model reads, also in small parts")


async def _notes(model: LLM, wish: SummaryRequest, config: Config, deadline: Deadline, tokens: int) -> tuple[Section, ...]:
    parts = _parts(wish, tokens)
    questions = [_notes_question(wish, config, part, place, len(parts)) for place, part in enumerate(parts, 1)]
    model.preload_cache(questions)
    notes = [
        (part, (await model.ask(question, deadline)).value) for part, question in zip(parts, questions, strict=True)
    ]
    return merged(notes)


def _instruction(wish: SummaryRequest, config: Config) -> str:
    if wish.custom is not None:
        schema, prompt = wish.schema.__name__, wish.custom.prompt.strip()
        return PROMPTS.render_instruction("own", wish.language, schema=schema, prompt=prompt)
    return PROMPTS.render_instruction(wish.report, wish.language, field=config.reports.field_review.field)


def _notes_question(wish: SummaryRequest, config: Config, part: Sequence[Section], place: int, parts: int) -> LLMRequest[Notes]:
    choice = config.summaries
    material = fence("paper", paper_text(wish.content.paper.title, part))
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
