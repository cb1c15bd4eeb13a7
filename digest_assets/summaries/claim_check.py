"""Claims that the code cannot decide, judged by a second model: the one of the role `check`, where one is configured.

What the code leaves undecided (another script than the paper's) and what it finds in no words of the text (a free
paraphrase) is asked about, all of a summary at once, beside the sentences that come nearest. A verdict is stored with
the model's name; a number, a name or a direction that is wrong is the code's to say, and is not asked about.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field

from digest_assets.common.errors import ModelError
from digest_assets.config.settings import Config
from digest_assets.llm.client import Deadline
from digest_assets.llm.llm import LLM
from digest_assets.llm.prompting import build_prompt, fence
from digest_assets.llm.requests import LLMRequest
from digest_assets.summaries.postprocess import Postprocessor, build_span
from digest_assets.summaries.prompts import PROMPTS
from digest_assets.summaries.requests import SummaryRequest
from digest_assets.summaries.schemas import SummarySchema
from digest_assets.summaries.tables import SummaryClaim, SummaryRow
from digest_assets.summaries.verification.claims import Claim, mark_unsupported
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit
from digest_assets.summaries.verification.words import find_words

_MAX_CLAIMS = 20  # of one summary: the longest have some thirty sentences, most of which the code decides
_MAX_SENTENCES = 60  # that are shown: a call costs some 3,000 tokens
_OPENING_SENTENCES = 12  # the title and the abstract, for claims of which no word is in the paper's script
_NEAREST = 5  # sentences for each claim
_MAX_PLACES = 3  # of one claim, as the code gives
_MAX_CHARACTERS = 600  # of a sentence: a table's row may be longer


class ClaimVerdict(SummarySchema):
    """The verdict on one claim."""

    claim: int = Field(description="The claim's number.")
    verdict: Literal["supported", "unsupported", "unclear"] = Field(description="Whether the sentences say it.")
    sentences: tuple[int, ...] = Field(description="Numbers of the sentences that it stands on.")


class ClaimVerdicts(SummarySchema):
    """The verdicts on a summary's claims."""

    verdicts: tuple[ClaimVerdict, ...] = Field(description="One for every claim.")


@dataclass(frozen=True)
class ClaimQuestion:
    """A summary's open claims, by their place among its claims, and the sentences that are shown with them."""

    row: SummaryRow
    places: tuple[int, ...]
    units: tuple[SourceUnit, ...]


async def judge_open_claims(
    rows: Sequence[SummaryRow], requests: Sequence[SummaryRequest], model: LLM, config: Config
) -> list[SummaryRow]:
    """The rows with the second model's verdicts on what was open; as they are where it is not configured or fails."""
    if config.summaries.roles.check is None:
        return list(rows)
    by_key: dict[tuple[date, str, str, str], SummaryRequest] = {
        (request.day, request.id, request.report, request.language): request for request in requests
    }
    asked = [row for row in rows if row.engine == "openai" and any(map(is_open, row.claims))]
    questions = [
        await asyncio.to_thread(_build_question, row, by_key[row.day, row.id, row.report, row.language])
        for row in asked
    ]
    llm_requests = [build_claims_request(question, config) for question in questions]
    model.preload_cache(llm_requests)

    async def judge(question: ClaimQuestion, request: LLMRequest[ClaimVerdicts]) -> SummaryRow:
        try:
            response = await model.ask(request, Deadline(config.summaries.deadline_seconds))
        except ModelError:
            return question.row
        return apply_verdicts(question, response.value, response.model)

    judged = await asyncio.gather(*map(judge, questions, llm_requests))
    new = {(row.day, row.id, row.report, row.language): row for row in judged}
    return [new.get((row.day, row.id, row.report, row.language), row) for row in rows]


def is_open(claim: SummaryClaim) -> bool:
    """Whether the code left a claim to others: undecided, or in none of the text's words."""
    return claim.verdict == "undecided" or (claim.verdict == "unsupported" and claim.reason == "words")


def _build_question(row: SummaryRow, request: SummaryRequest) -> ClaimQuestion:
    index = Postprocessor(request.content).index
    places = tuple(place for place, claim in enumerate(row.claims) if is_open(claim))[:_MAX_CLAIMS]
    shown = list(range(min(_OPENING_SENTENCES, len(index.units))))
    for place in places:
        shown += _find_nearest(row.claims[place].sentence, index)
    kept = sorted(dict.fromkeys(shown))[:_MAX_SENTENCES]
    return ClaimQuestion(row, places, tuple(index.units[unit] for unit in kept))


def _find_nearest(sentence: str, index: SourceIndex) -> list[int]:
    return index.rank(sentence, {word.stem for word in find_words(sentence) if word.stem}, _NEAREST)


def build_claims_request(question: ClaimQuestion, config: Config) -> LLMRequest[ClaimVerdicts]:
    """What the second model is asked about a summary."""
    model = config.summaries.get_model("check")
    sentences = "\n".join(f"[{number}] {unit.text[:_MAX_CHARACTERS]}" for number, unit in enumerate(question.units, 1))
    claims = "\n".join(
        f"({number}) {question.row.claims[place].sentence}" for number, place in enumerate(question.places, 1)
    )
    material = f"{fence('paper', sentences)}\n\n{fence('claims', claims)}"
    return LLMRequest(
        purpose="check",
        model=model.name,
        model_id=model.model,
        system=PROMPTS.render_system(),
        prompt=build_prompt(material, PROMPTS.render_instruction("claims", "en")),
        response_model=ClaimVerdicts,
        day=question.row.day,
        paper=question.row.id,
        report=question.row.report,
        parameters=model.parameters,
    )


def apply_verdicts(question: ClaimQuestion, verdicts: ClaimVerdicts, model: str) -> SummaryRow:
    """The summary with these verdicts; one that is unclear, or names no sentence that was shown, changes nothing."""
    row, claims = question.row, list(question.row.claims)
    fields: Any = json.loads(row.fields)
    for given in verdicts.verdicts:
        units = [question.units[number - 1] for number in given.sentences if 0 < number <= len(question.units)]
        if not 0 < given.claim <= len(question.places) or given.verdict == "unclear":
            continue
        if given.verdict == "supported" and not units:
            continue
        place = question.places[given.claim - 1]
        claim = claims[place]
        is_supported = given.verdict == "supported"
        claims[place] = claim.model_copy(
            update={
                "verdict": given.verdict,
                "reason": None if is_supported else "words",
                "judged_by": model,
                "spans": tuple(map(build_span, units[:_MAX_PLACES])) if is_supported else claim.spans,
            }
        )
        fields = _set_mark(fields, claim.field.split("."), claim.sentence, is_marked=not is_supported)
    return row.model_copy(update={"claims": tuple(claims), "fields": json.dumps(fields, ensure_ascii=False)})


def _set_mark(value: Any, path: Sequence[str], sentence: str, *, is_marked: bool) -> Any:
    """The fields with a sentence's mark set or taken away, in the text at this path."""
    if isinstance(value, str):
        marked = mark_unsupported(sentence, [Claim(0, len(sentence), "unsupported", (), ())])
        plain = value.replace(marked, sentence, 1)
        return plain.replace(sentence, marked, 1) if is_marked else plain
    if not path:
        return value
    name, *rest = path
    if isinstance(value, list):
        return [_set_mark(item, rest, sentence, is_marked=is_marked) if str(place) == name else item
                for place, item in enumerate(value)]  # fmt: skip
    if isinstance(value, dict) and name in value:
        return {**value, name: _set_mark(value[name], rest, sentence, is_marked=is_marked)}
    return value
