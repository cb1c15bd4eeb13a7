"""Answers: what the archive says to a question, sentence by sentence, each with the places that it stands on.

Without a model the answer is the papers' own sentences. With one, the model of the role `read` writes it from the numbered
passages, and each of its sentences is checked against them as a summary's is against its paper. Where no passage speaks of
enough of the question, the archive does not answer, and no model is asked.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pydantic import Field

from digest_assets.answers.passages import FIRST_DAY, LAST_DAY, Question, RankedPassage, find_passages, list_stems
from digest_assets.answers.sources import Source
from digest_assets.common.clock import get_utc_now
from digest_assets.common.errors import ModelError
from digest_assets.config.settings import Settings
from digest_assets.llm.client import Deadline
from digest_assets.llm.llm import LLM
from digest_assets.llm.prompting import PromptTemplates, build_prompt, fence
from digest_assets.llm.requests import LLMRequest, LLMResponse
from digest_assets.summaries.citations import split_citations
from digest_assets.summaries.sanitize import sanitize_summary
from digest_assets.summaries.schemas import SummarySchema
from digest_assets.summaries.verification.claims import Verdict, check_claims, mark_unsupported
from digest_assets.summaries.verification.evidence import strip_to_letters
from digest_assets.summaries.verification.source_units import METADATA, SourceIndex, SourceUnit, split_row
from digest_assets.texts.spans import Span
from digest_assets.warehouse import open_warehouse

PROMPTS = PromptTemplates("digest_assets.answers")
# Of what a question's words say, that a passage must have with its paper's title. Among 2,174 papers 93% of 40 questions are
# answered so, 81% of experts' sentences on papers of the archive, 13% of those on others, and none of 20 on other subjects;
# with 50% it would be 98, 89, 31 and 5%, with 70% 85, 67, 5 and 0% (`benchmarks/questions.py --sweep`).
MIN_COVERAGE = 0.6
_MAX_READ = 12  # passages that a model reads: some 2,500 tokens
_MAX_QUOTED = 3  # sentences of an answer without a model: a glance
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|large|big|small|fast|slow|often|far|high|well|accurate)\b|\b(?:share|percentage|rate|accuracy)\b",
    re.IGNORECASE,
)
# Of a sentence with a number where one is asked for: 75% of 40 answers have the words sought, without it 63%.
_NUMBER_GAIN = 2.0
_MIN_SHARE_OF_BEST = 0.6  # of the best sentence's score, that a further one must have


class QuestionAnswer(SummarySchema):
    """The answer to a question."""

    is_answered: bool = Field(description="Whether the sentences say what is asked.")
    sentences: tuple[str, ...] = Field(description="The answer, one to four sentences; empty if it is not answered.")


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """A place that a sentence stands on."""

    quote: str
    source: Source


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of an answer, marked with ⚠ where nothing supports it."""

    text: str
    verdict: Verdict
    spans: tuple[AnswerSpan, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: no sentences where the archive does not say it. `passages` are the nearest, whatever they say."""

    sentences: tuple[AnswerSentence, ...]
    passages: tuple[RankedPassage, ...]
    writer: str
    note: str | None = None


def answer_question(
    settings: Settings, text: str, *, since: date = FIRST_DAY, until: date = LAST_DAY, by_model: bool | None = None
) -> Answer:
    """What the archive says to a question. Raises `ReportError` for what is no question.

    Args:
        settings: Where the archive is, and who writes.
        text: The question.
        since: From this day's papers on.
        until: Up to this day's.
        by_model: Whether a model writes; as the settings' engine if not given.
    """
    question = Question.parse(text)
    found = find_passages(settings, open_warehouse(settings), question, since=since, until=until, most=_MAX_READ)
    near = [one for one in found if one.coverage >= MIN_COVERAGE]
    if not near:
        return Answer((), tuple(found), "extractive")
    if settings.config.summaries.engine == "openai" if by_model is None else by_model:
        try:
            return _write_answer(settings, text, near)
        except ModelError as error:
            quoted = quote_answer(text, near)
            return replace(quoted, note=f"the model gave no answer, the papers' own sentences stand here: {error}")
    return quote_answer(text, near)


def quote_answer(text: str, passages: Sequence[RankedPassage]) -> Answer:
    """The sentences and rows that have most of what the question's words say, in the order of their passages."""
    asks_number = _ASKS_NUMBER.search(text) is not None
    scored = [
        (one.score * compute_share(unit, one) * (_NUMBER_GAIN if asks_number and unit.mentions else 1.0), unit, one)
        for one in passages
        for unit in one.passage.units
    ]
    best = max(score for score, _, _ in scored)
    ranked = sorted(scored, key=lambda item: -item[0])
    kept = [item for item in ranked if item[0] >= _MIN_SHARE_OF_BEST * best][:_MAX_QUOTED]
    sentences = dict.fromkeys(
        AnswerSentence(format_unit(unit), "quoted", (AnswerSpan(unit.text, one.passage.locate(unit)),))
        for _, unit, one in kept
    )
    return Answer(tuple(sentences), tuple(passages), "extractive")


def compute_share(unit: SourceUnit, ranked: RankedPassage) -> float:
    """How much of the question a sentence has, itself; the rest of its passage counts half."""
    term_weights = ranked.weights
    own, around = set(list_stems(format_unit(unit))), {*ranked.passage.stems, *ranked.passage.context}
    total = sum(term_weights.values()) or 1.0
    return (
        sum(weight * (1.0 if stem in own else 0.5 * (stem in around)) for stem, weight in term_weights.items()) / total
    )


def format_unit(unit: SourceUnit) -> str:
    """A sentence as it is; a table's row as its heads and cells."""
    cells = split_row(unit.text)
    if unit.group is None or len(cells) != len(unit.heads):
        return unit.text
    row = [f"{head}: {cell}" if head else cell for head, cell in zip(unit.heads, cells, strict=True) if cell]
    return "; ".join(row)


@dataclass(frozen=True, slots=True)
class _Material:
    """What a model reads: the papers' titles, then the numbered units, and where each stands."""

    titles: tuple[SourceUnit, ...]
    units: tuple[SourceUnit, ...]
    sources: tuple[Source, ...]  # of titles, then of units

    @classmethod
    def collect(cls, passages: Sequence[RankedPassage]) -> "_Material":
        titles = {one.passage.source.id: one.passage.source for one in passages}
        heads = tuple(SourceUnit(Span(METADATA, 0, 0, len(one.title)), one.title) for one in titles.values())
        units, places = [], []
        for number, one in enumerate(passages):
            for unit in one.passage.units:  # a section for each passage: the next one is of another paragraph, or paper
                units.append(replace(unit, span=replace(unit.span, section=number)))
                places.append(one.passage.locate(unit))
        named = tuple(replace(one, section="", page=None, element="") for one in titles.values())
        return cls(heads, tuple(units), (*named, *places))

    def render(self, passages: Sequence[RankedPassage]) -> str:
        """The passages with each sentence's number before it, each under its paper's title."""
        parts, number = [], 0
        for one in passages:
            lines = [f"{one.passage.source.title} ({one.passage.source.section})"]
            for unit in one.passage.units:
                number += 1
                lines.append(f"[#{number}] {format_unit(unit)}")
            parts.append("\n".join(lines))
        return "\n\n".join(parts)


def build_answer_request(
    settings: Settings, question: str, passages: Sequence[RankedPassage], day: date
) -> LLMRequest[QuestionAnswer]:
    """What the model of the role `read` is asked; the day pays for it."""
    model = settings.config.summaries.get_model("read")
    numbered = _Material.collect(passages).render(passages)
    material = f"{fence('passages', numbered)}\n\n{fence('question', question)}"
    return LLMRequest(
        purpose="answer",
        model=model.name,
        model_id=model.model,
        system=PROMPTS.render_system(),
        prompt=build_prompt(material, PROMPTS.render_instruction("answer", "en")),
        response_model=QuestionAnswer,
        day=day,
        parameters=model.parameters,
    )


def _write_answer(settings: Settings, question: str, passages: Sequence[RankedPassage]) -> Answer:
    today = get_utc_now().date()
    request = build_answer_request(settings, question, passages, today)

    async def ask() -> LLMResponse[QuestionAnswer]:
        async with LLM.open(settings, [today]) as llm:
            llm.preload_cache([request])
            return await llm.ask(request, Deadline(settings.config.summaries.deadline_seconds))

    response = asyncio.run(ask())
    sentences = check_answer(response.value, passages) if response.value.is_answered else ()
    return Answer(sentences, tuple(passages), response.model)


def check_answer(answer: QuestionAnswer, passages: Sequence[RankedPassage]) -> tuple[AnswerSentence, ...]:
    """A model's sentences, each with the places that say it. Raises `ModelError` if nothing is left of them."""
    material = _Material.collect(passages)
    index = SourceIndex.from_units((*material.titles, *material.units))
    sources = dict(zip(map(id, index.units), material.sources, strict=True))
    plain, citations = split_citations(sanitize_summary(answer))
    first = len(material.titles)
    cited = {
        letters: [first + number - 1 for number in numbers if 0 < number <= len(material.units)]
        for letters, numbers in citations.items()
    }
    checked: list[AnswerSentence] = []
    for text in plain.sentences:
        for claim in check_claims(text, index, cited):
            sentence = text[claim.start : claim.end]
            moved = [replace(claim, start=0, end=len(sentence), numbers=())]
            spans = tuple(AnswerSpan(unit.text, sources[id(unit)]) for unit in claim.units)
            verdict = claim.verdict if spans or strip_to_letters(sentence) == "" else "unsupported"
            if verdict == "unsupported":
                moved = [replace(moved[0], verdict="unsupported")]
            checked.append(AnswerSentence(mark_unsupported(sentence, moved), verdict, spans))
    return tuple(checked)
