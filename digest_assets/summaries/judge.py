"""A model that judges summaries, for `digest eval`: the one of the role `check`, asked about each with its paper beside it.

Its marks are an opinion, which varies with the model: they stand beside the scores by code, in `scoring`, never in their
place.
"""

import asyncio
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from digest_assets.common.errors import ModelError
from digest_assets.config.settings import Settings
from digest_assets.llm.client import Deadline
from digest_assets.llm.llm import LLM
from digest_assets.llm.prompting import build_prompt, fence
from digest_assets.llm.requests import LLMRequest
from digest_assets.summaries.prompts import PROMPTS, render_paper
from digest_assets.summaries.scoring import ScoredSummary
from digest_assets.texts.tables import Section

_MAX_MARK = 10


class Judgement(BaseModel):
    """Marks for one summary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem: str | None = Field(
        description="The worst thing about the summary, in one sentence; null if there is none."
    )
    faithful: int = Field(ge=0, le=_MAX_MARK, description="10: the paper says all of it; 0: it is made up.")
    complete: int = Field(ge=0, le=_MAX_MARK, description="10: nothing important of the paper is missing; 0: all is.")
    clear: int = Field(ge=0, le=_MAX_MARK, description="10: a researcher understands it at once; 0: nobody does.")


def judge_summaries(summaries: Sequence[ScoredSummary], settings: Settings) -> list[Judgement | None]:
    """The marks of each summary, in order; None for what the model did not give, or could not be judged."""
    return asyncio.run(_judge_all(summaries, settings))


async def _judge_all(summaries: Sequence[ScoredSummary], settings: Settings) -> list[Judgement | None]:
    async with LLM.open(settings, {scored.request.day for scored in summaries}) as llm:
        requests = [None if scored.row.failed else build_judge_request(scored, settings) for scored in summaries]
        llm.preload_cache([request for request in requests if request is not None])
        deadline = settings.config.summaries.deadline_seconds

        async def judge(request: LLMRequest[Judgement] | None) -> Judgement | None:
            try:
                return (await llm.ask(request, Deadline(deadline))).value if request is not None else None
            except ModelError:
                return None

        return list(await asyncio.gather(*map(judge, requests)))


def build_judge_request(scored: ScoredSummary, settings: Settings) -> LLMRequest[Judgement]:
    """The question about one summary; of a paper that is longer than the context, the beginning of each section."""
    model = settings.config.summaries.get_model("check")
    content = scored.request.content
    fields = "\n\n".join(f"{path}: {text}" for path, text in scored.texts)
    characters = settings.config.summaries.get_context_tokens(model) * 3 - len(fields)
    paper = fence("paper", render_paper(content.paper.title, _cut(content.text.sections, characters)))
    instruction = PROMPTS.render_instruction("judge", "en", report=scored.request.report)
    return LLMRequest(
        purpose="judge",
        model=model.name,
        model_id=model.model,
        system=PROMPTS.render_system(),
        prompt=build_prompt(f"{paper}\n\n{fence('summary', fields)}", instruction),
        response_model=Judgement,
        day=scored.request.day,
        paper=scored.request.id,
        report=scored.request.report,
        parameters=model.parameters,
        material=paper,
    )


def _cut(sections: Sequence[Section], characters: int) -> list[Section]:
    """The sections, or the beginning of each alike where they are too long: results stand at the end."""
    total = sum(len(section.text) for section in sections)
    if total <= characters:
        return list(sections)
    share = max(characters, 0) / total
    return [section.model_copy(update={"text": section.text[: int(share * len(section.text))]}) for section in sections]


def average_marks(judgements: Sequence[Judgement | None]) -> dict[str, float]:
    """The mean marks as shares of the best; 0 for a summary that is none."""
    marks = {}
    for name in ("faithful", "complete", "clear"):
        values = [getattr(one, name) / _MAX_MARK if one is not None else 0.0 for one in judgements]
        marks[f"judge: {name}"] = sum(values) / len(values)
    return marks
