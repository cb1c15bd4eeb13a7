"""LLM ranking: which papers of a field are worth a review, judged by a model, twenty titles and abstracts a call.

score = 0.5 relevance + 0.4 importance + 0.1 lexical score, each between 0 and 1. The lexical score (see `lexical_ranking`)
orders what the model finds equal, and stands alone for papers that the model did not judge. Without a model, papers are
ranked by the learned prior (see `ranking`).

The names and texts of the pydantic models are part of the cache keys: changed, every judgement is paid for again.
"""

import asyncio
from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from digest_assets.common.errors import ModelError
from digest_assets.config.report_formats import FieldReviewConfig
from digest_assets.config.settings import Settings
from digest_assets.llm.budget import Spending
from digest_assets.llm.client import Deadline
from digest_assets.llm.llm import LLM
from digest_assets.llm.prompting import PromptTemplates, build_prompt, fence, format_papers
from digest_assets.llm.requests import LLMRequest
from digest_assets.papers.tables import PaperRow
from digest_assets.relevance.lexical_ranking import rank_lexically
from digest_assets.relevance.ranking import RankedPaper, add_personal_scores, get_newest_first_key, rank_papers
from digest_assets.relevance.tables import RelevanceRow

PAPERS_PER_REQUEST = 20  # about 7,000 tokens: every model reads that many, and few papers share a call that fails
PROMPTS = PromptTemplates("digest_assets.relevance")

_MAX_SCORE = 10  # of the model's two
_MAX_REASON_CHARACTERS = 200  # half a sentence was asked for


class Judgement(BaseModel):
    """What the model thinks of a paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paper: str = Field(description="The paper's id.")
    relevance: int = Field(description="Relevance to the field, 0 to 10.")
    importance: int = Field(description="Importance, 0 to 10.")
    reason: str = Field(description="Why it is or is not worth reading, in half a sentence.")


class Judgements(BaseModel):
    """What the model thinks of a batch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    papers: tuple[Judgement, ...] = Field(description="One entry for each paper.")


class LLMRanker:
    """Ranks a day's papers by the model, or without one where there is none.

    Args:
        settings: Engine, limits, budget.
        day: The partition that pays for it.
        relevance: The day's papers for each reader.
    """

    def __init__(self, settings: Settings, day: date, relevance: Sequence[RelevanceRow] = ()) -> None:
        self._settings = settings
        self._day = day
        self._relevance = relevance
        self.spending = Spending()

    def __call__(
        self, papers: Sequence[PaperRow], field: FieldReviewConfig, among: Sequence[PaperRow] = ()
    ) -> list[RankedPaper]:
        """A field's papers by falling score; of equals the newest first, then the smallest id."""
        if self._settings.config.summaries.engine == "extractive" or not papers:
            return add_personal_scores(rank_papers(papers, field, among), self._relevance)
        ranked = rank_lexically(papers, field)
        judgements = asyncio.run(self._request_judgements(papers, field))
        reranked = [_apply_judgement(item, judgements.get(item.paper.id)) for item in ranked]
        reranked.sort(key=lambda item: (-item.score, *get_newest_first_key(item.paper)))
        return add_personal_scores(reranked, self._relevance)

    async def _request_judgements(self, papers: Sequence[PaperRow], field: FieldReviewConfig) -> dict[str, Judgement]:
        config = self._settings.config.summaries
        batches = split_to_batches(papers)
        requests = build_ranking_requests(papers, field, self._settings, self._day)
        waiting = iter(zip(batches, requests, strict=True))
        judgements: dict[str, Judgement] = {}
        async with LLM.open(self._settings, {self._day}) as llm:
            llm.preload_cache(requests)

            async def work() -> None:
                for batch, request in waiting:
                    try:
                        response = await llm.ask(request, Deadline(config.deadline_seconds))
                    except ModelError:
                        continue  # the ledger has the reason; these papers keep their lexical score
                    ids = {paper.id for paper in batch}
                    for judgement in response.value.papers:
                        if judgement.paper in ids:
                            judgements.setdefault(judgement.paper, judgement)

            await asyncio.gather(*(work() for _ in range(min(config.concurrency, len(requests)))))
            self.spending += llm.spending
        return judgements


def split_to_batches(papers: Sequence[PaperRow]) -> list[list[PaperRow]]:
    """The papers by id, as many together as a request holds: the same whatever order they came in."""
    by_id = sorted(papers, key=lambda paper: paper.id)
    return [by_id[start : start + PAPERS_PER_REQUEST] for start in range(0, len(by_id), PAPERS_PER_REQUEST)]


def build_ranking_requests(
    papers: Sequence[PaperRow], field: FieldReviewConfig, settings: Settings, day: date
) -> list[LLMRequest[Judgements]]:
    """The requests about all papers, one for each batch."""
    return [build_ranking_request(batch, field, settings, day) for batch in split_to_batches(papers)]


def build_ranking_request(
    papers: Sequence[PaperRow], field: FieldReviewConfig, settings: Settings, day: date
) -> LLMRequest[Judgements]:
    """The request about one batch."""
    model = settings.config.summaries.get_model("rank")
    material = fence("batch", format_papers({paper.id: f"{paper.title}\n{paper.abstract}" for paper in papers}))
    instruction = PROMPTS.render_instruction(
        "ranking", field.language, papers=len(papers), field=field.field, interests=field.interests
    )
    return LLMRequest(
        purpose="ranking",
        model=model.name,
        model_id=model.model,
        system=PROMPTS.render_system(),
        prompt=build_prompt(material, instruction),
        response_model=Judgements,
        day=day,
        parameters=model.parameters,
    )


def _apply_judgement(ranked: RankedPaper, judgement: Judgement | None) -> RankedPaper:
    if judgement is None:
        return RankedPaper(ranked.paper, ranked.score, f"not judged by the model; {ranked.reason}")
    relevance, importance = (
        min(max(score, 0), _MAX_SCORE) / _MAX_SCORE for score in (judgement.relevance, judgement.importance)
    )
    score = 0.5 * relevance + 0.4 * importance + 0.1 * ranked.score
    why = " ".join(judgement.reason.split())[:_MAX_REASON_CHARACTERS]
    return RankedPaper(
        ranked.paper,
        round(score, 4),
        f"score {score:.2f}: relevance {relevance:.1f}, importance {importance:.1f}: {why}",
    )
