"""Make a day's summaries, by the model or by extraction, and postprocess both the same way.

The model's calls run side by side, as many in flight as the settings say; a worker takes all summaries of a paper, one
after another, so that the second finds the paper in the provider's cache. Postprocessing (tracing numbers, looking up
evidence) runs beside the waiting.
"""

import asyncio
import logging
import os
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from digest_assets.common.errors import DigestError, ModelError
from digest_assets.common.processes import WorkerProcesses
from digest_assets.config.settings import Config, Settings
from digest_assets.config.summaries import UnsupportedChoice
from digest_assets.llm.budget import Spending
from digest_assets.llm.client import Deadline
from digest_assets.llm.llm import LLM
from digest_assets.llm.requests import LLMRequest, LLMResponse
from digest_assets.summaries.extractive.summarize import extract_first_sentence, extract_summary
from digest_assets.summaries.llm_summaries import (
    build_llm_request,
    list_batch_requests,
    replace_unsupported,
    request_summary,
)
from digest_assets.summaries.postprocess import CheckedSummary, Postprocessor
from digest_assets.summaries.requests import PaperContent, SummaryRequest, build_abstract_text
from digest_assets.summaries.schemas import SummarySchema, compute_schema_version
from digest_assets.summaries.tables import SummaryRow

logger = logging.getLogger(__name__)

NOT_TRANSLATED = "in the paper's language: the extractive engine does not translate"
_LOG_EVERY_SECONDS = 10.0
_MIN_CHARACTERS_FOR_PROCESSES = 5_000_000  # from here on tracing takes more seconds than starting processes does
_MAX_PROCESSES = 4  # each imports the package anew and holds papers: more would crowd a small machine (not measured)
_MAX_REASON_CHARACTERS = 120  # a line of a report's provenance
_PAPERS_PER_TASK = 8  # enough that sending them costs little, few enough that all processes end together


@dataclass(frozen=True)
class Summaries:
    """What was made, and what this run spent on it."""

    rows: list[SummaryRow]
    spending: Spending = field(default_factory=Spending)
    seconds: float = 0.0


@dataclass(frozen=True)
class _PreparedRequest:
    request: SummaryRequest
    llm_request: LLMRequest[SummarySchema]


@dataclass(frozen=True)
class Draft:
    """A summary before postprocessing: what the model gave, or why it gave nothing; neither for extraction."""

    request: SummaryRequest
    response: LLMResponse[SummarySchema] | None = None
    key: str = ""  # of the model's answer
    failure: str | None = None
    can_retry: bool = False  # whether asking again later may end otherwise
    unsupported: UnsupportedChoice = "mark"


def make_summaries(requests: Sequence[SummaryRequest], settings: Settings, *, refresh: bool = False) -> Summaries:
    """Make the summaries with the configured engine; one that it cannot make is extracted and says why.

    Args:
        requests: What is to be made.
        settings: Engine, limits, budget.
        refresh: Ask the model anew although an answer was kept.
    """
    started = time.monotonic()
    if settings.config.summaries.engine == "extractive":
        with _open_executor(requests) as executor:
            rows_by_paper = executor.map(build_rows, _group_drafts(requests), chunksize=_PAPERS_PER_TASK)
            return Summaries([row for rows in rows_by_paper for row in rows], seconds=time.monotonic() - started)
    if not requests:
        return Summaries([])
    rows, spending = asyncio.run(_ask_model(requests, settings, refresh))
    return Summaries(rows, spending, time.monotonic() - started)


async def _ask_model(
    requests: Sequence[SummaryRequest], settings: Settings, refresh: bool
) -> tuple[list[SummaryRow], Spending]:
    config = settings.config
    papers = deque(_group_by_paper(requests, config))
    futures: list[Future[list[SummaryRow]]] = []
    progress = _Progress(len(requests))
    with _open_executor(requests) as executor:
        async with LLM.open(settings, {request.day for request in requests}) as model:
            llm_requests = [prepared.llm_request for paper in papers for prepared in paper]
            model.preload_cache(llm_requests)
            if config.summaries.mode == "batch" and not refresh:
                every = [
                    one
                    for paper in papers
                    for prepared in paper
                    if not model.is_cached(prepared.llm_request)
                    for one in list_batch_requests(prepared.request, prepared.llm_request, config)
                ]
                model.preload_cache(every)
                await model.submit_batch(every)

            async def work() -> None:
                while papers:
                    deadline = Deadline(config.summaries.deadline_seconds)
                    drafts = []
                    paper = papers.popleft()
                    shared = _find_shared_materials(paper, model)
                    for prepared in paper:
                        asked = prepared.llm_request
                        asked = replace(asked, is_material_shared=(asked.model, asked.material) in shared)
                        try:
                            is_new = refresh or not model.is_cached(asked)
                            response = await request_summary(
                                model, prepared.request, asked, config, deadline, refresh=refresh
                            )
                            if is_new and config.summaries.unsupported == "ask":
                                response = await replace_unsupported(
                                    model, prepared.request, asked, response, config, deadline
                                )
                        except ModelError as error:
                            drafts.append(Draft(prepared.request, failure=str(error), can_retry=error.can_retry))
                        else:
                            drafts.append(
                                Draft(
                                    prepared.request,
                                    response,
                                    prepared.llm_request.key,
                                    unsupported=config.summaries.unsupported,
                                )
                            )
                        progress.step(model.spending)
                    futures.append(executor.submit(build_rows, drafts))

            try:
                async with asyncio.TaskGroup() as workers:
                    # More workers than calls in flight: while one waits for its answer to be kept, another asks.
                    for _ in range(min(2 * config.summaries.concurrency, len(papers))):
                        workers.create_task(work())
            except ExceptionGroup as group:
                raise group.exceptions[0] from group
        return [row for future in futures for row in future.result()], model.spending


def _find_shared_materials(paper: Sequence[_PreparedRequest], model: LLM) -> set[tuple[str, str]]:
    """The texts, by model, that several summaries of a paper are still to be written from."""
    waiting = (prepared.llm_request for prepared in paper if not model.is_cached(prepared.llm_request))
    counts = Counter((request.model, request.material) for request in waiting)
    return {material for material, count in counts.items() if count > 1}


def _open_executor(requests: Sequence[SummaryRequest]) -> Executor:
    """Where postprocessing runs: a thread, or processes where there is so much to read that a thread would hold up calls."""
    if sum(request.content.text.characters for request in requests) < _MIN_CHARACTERS_FOR_PROCESSES:
        return ThreadPoolExecutor(1, thread_name_prefix="postprocessing")
    return WorkerProcesses(min(os.cpu_count() or 1, _MAX_PROCESSES))


def _group_drafts(requests: Sequence[SummaryRequest]) -> Iterator[list[Draft]]:
    """The requests of each paper together, with nothing asked."""
    papers: defaultdict[str, list[Draft]] = defaultdict(list)
    for request in requests:
        papers[request.id].append(Draft(request))
    yield from papers.values()


def _group_by_paper(requests: Sequence[SummaryRequest], config: Config) -> Iterator[list[_PreparedRequest]]:
    """The requests, all of a paper together, papers with most requests first: so the last ones end together."""
    papers: defaultdict[str, list[SummaryRequest]] = defaultdict(list)
    for request in requests:
        papers[request.id].append(request)
    for _, group in sorted(papers.items(), key=lambda item: (-len(item[1]), item[0])):
        yield [
            _PreparedRequest(request, build_llm_request(request, config))
            for request in sorted(
                group, key=lambda request: (request.day, -request.content.text.characters, request.report)
            )
        ]


def build_rows(drafts: Sequence[Draft]) -> list[SummaryRow]:
    """The rows of one paper's drafts, postprocessed; what was indexed of a text serves all of them.

    A draft that fails, for whatever reason, fails alone: its row holds what the abstract gives, and says why.
    """
    postprocessors: dict[str, Postprocessor] = {}
    rows = []
    for draft in drafts:
        content = draft.request.content
        try:
            if content.content_hash not in postprocessors:
                postprocessors[content.content_hash] = Postprocessor(content)
            rows.append(_build_row(draft, postprocessors[content.content_hash]))
        except Exception as error:  # whatever a paper's text does to the engine
            logger.exception("%s for %s: taken from the abstract", draft.request.id, draft.request.report)
            rows.append(_build_row_after_failure(draft, error))
    return rows


def _build_row_after_failure(draft: Draft, error: Exception) -> SummaryRow:
    """The row of a paper whose text made the engine fail: from the abstract, or from its first sentence alone."""
    request = draft.request
    reason = str(error) if isinstance(error, DigestError) else f"{type(error).__name__}: {error}"
    failed = replace(
        draft,
        response=None,
        failure=f"summarising failed ({reason[:_MAX_REASON_CHARACTERS]}): from the abstract alone",
        can_retry=isinstance(error, TimeoutError),
    )
    paper = request.content.paper
    content = PaperContent(paper, build_abstract_text(paper))
    try:
        abstract_draft = replace(failed, request=replace(request, content=content))
        return _build_extractive_row(abstract_draft, Postprocessor(content))
    except Exception:
        logger.exception("%s for %s: its first sentence alone", request.id, request.report)
        summary = extract_first_sentence(request.report, paper, request.custom)
        return _fill_extractive_row(failed, CheckedSummary(summary, ()))


def _build_row(draft: Draft, postprocessor: Postprocessor) -> SummaryRow:
    response = draft.response
    if response is None:
        return _build_extractive_row(draft, postprocessor)
    try:
        checked = postprocessor.postprocess(response.value, by_model=True, unsupported=draft.unsupported)
    except ModelError as error:
        return _build_extractive_row(replace(draft, failure=str(error), can_retry=error.can_retry), postprocessor)
    return _fill_row(
        draft.request,
        checked,
        engine="openai",
        model=response.model,
        key=draft.key,
        note=response.note,
        input_tokens=response.usage.input_tokens,
        cached_tokens=response.usage.cached_tokens,
        output_tokens=response.usage.output_tokens,
        cost_usd=response.usage.cost_usd,
    )


def _build_extractive_row(draft: Draft, postprocessor: Postprocessor) -> SummaryRow:
    request, content = draft.request, draft.request.content
    summary = extract_summary(request.report, content.paper, content.text, request.custom)
    return _fill_extractive_row(draft, postprocessor.postprocess(summary, by_model=False))


def _fill_extractive_row(draft: Draft, checked: CheckedSummary[SummarySchema]) -> SummaryRow:
    request, content = draft.request, draft.request.content
    notes = [draft.failure, NOT_TRANSLATED if request.language != "en" else None]
    return _fill_row(
        request,
        checked,
        engine="extractive",
        key=f"extractive-{request.report}-{content.content_hash}",
        note="; ".join(note for note in notes if note) or None,
        failed=draft.failure is not None,
        can_retry=draft.can_retry,
    )


def _fill_row(request: SummaryRequest, checked: CheckedSummary[SummarySchema], **values: object) -> SummaryRow:
    return SummaryRow.model_validate(
        {
            "day": request.day,
            "id": request.id,
            "report": request.report,
            "language": request.language,
            "fields": checked.summary.model_dump_json(),
            "schema_version": compute_schema_version(type(checked.summary)),
            "numbers": checked.numbers,
            "claims": checked.claims,
            "numbers_traced": checked.numbers_traced,
            "numbers_total": len(checked.numbers),
            **values,
        }
    )


class _Progress:
    """Logs now and then how many are done."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._count = 0
        self._logged_at = time.monotonic()

    def step(self, spending: Spending) -> None:
        """One more is done."""
        self._count += 1
        if time.monotonic() - self._logged_at >= _LOG_EVERY_SECONDS:
            self._logged_at = time.monotonic()
            logger.info("%d of %d summaries, $%.4f", self._count, self._total, spending.usage.cost_usd)
