"""Make a day's summaries, by the model or by extraction, and postprocess both the same way.

The model's calls run side by side, as many in flight as the settings say; a worker takes all summaries of a paper, one
after another, so that the second finds the paper in the provider's cache. Postprocessing (tracing numbers, looking up
evidence) runs beside the waiting.
"""

import asyncio
import gc
import logging
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Thread

from digest_assets.common.errors import ModelError
from digest_assets.common.processes import WorkerProcesses
from digest_assets.config.settings import Config, Settings
from digest_assets.llm.budget import Spending
from digest_assets.llm.client import Deadline
from digest_assets.llm.endpoint import preload_libraries
from digest_assets.llm.llm import LLM
from digest_assets.llm.requests import LLMRequest
from digest_assets.summaries import drafts
from digest_assets.summaries.claim_check import judge_open_claims
from digest_assets.summaries.drafts import Draft, build_rows
from digest_assets.summaries.llm_summaries import (
    build_llm_request,
    list_batch_requests,
    replace_unsupported,
    request_summary,
)
from digest_assets.summaries.requests import SummaryRequest
from digest_assets.summaries.schemas import SummarySchema
from digest_assets.summaries.tables import SummaryRow
from digest_assets.summaries.unchanged import compute_sources, find_unchanged, get_row_key

logger = logging.getLogger(__name__)

_LOG_EVERY_SECONDS = 10.0
_MIN_CHARACTERS_FOR_PROCESSES = 5_000_000  # from here on tracing takes more seconds than starting processes does
_MAX_PROCESSES = 4  # each imports the package anew and holds papers: more would crowd a small machine (not measured)
_PAPERS_PER_TASK = 8  # enough that sending them costs little, few enough that all processes end together


@dataclass(frozen=True)
class Summaries:
    """What was made, and what this run spent on it."""

    rows: list[SummaryRow]
    spending: Spending = field(default_factory=Spending)
    seconds: float = 0.0
    unchanged: int = 0  # rows that were kept as they were stored


@dataclass(frozen=True)
class _PreparedRequest:
    request: SummaryRequest
    llm_request: LLMRequest[SummarySchema]


_PreparedPaper = Sequence[_PreparedRequest]  # all summaries of a paper


def make_summaries(
    requests: Sequence[SummaryRequest],
    settings: Settings,
    *,
    stored: Sequence[SummaryRow] = (),
    refresh: bool = False,
) -> Summaries:
    """Make the summaries with the configured engine; one that it cannot make is extracted and says why.

    Args:
        requests: What is to be made.
        settings: Engine, limits, budget.
        stored: Rows of before: one that would be made the same is kept.
        refresh: Ask the model anew although an answer was kept.
    """
    started = time.monotonic()
    sources = compute_sources(requests, settings.config)
    unchanged = {} if refresh else find_unchanged(stored, sources, settings.config)
    made = _make_anew([one for one in requests if get_row_key(one) not in unchanged], settings, refresh=refresh)
    rows = [row.model_copy(update={"made_from": sources[get_row_key(row)]}) for row in made.rows]
    return replace(
        made, rows=[*unchanged.values(), *rows], seconds=time.monotonic() - started, unchanged=len(unchanged)
    )


def _make_anew(requests: Sequence[SummaryRequest], settings: Settings, *, refresh: bool) -> Summaries:
    if settings.config.summaries.engine == "extractive":
        with _open_executor(requests) as executor:
            rows_by_paper = executor.map(build_rows, _group_drafts(requests), chunksize=_PAPERS_PER_TASK)
            return Summaries([row for rows in rows_by_paper for row in rows])
    if not requests:
        return Summaries([])
    preload_libraries()
    with _spare_old_objects():
        rows, spending = asyncio.run(_ask_model(requests, settings, refresh))
    return Summaries(rows, spending)


@contextmanager
def _spare_old_objects() -> Iterator[None]:
    """Let the garbage collector look through what is made from here on alone.

    Through all that was imported it takes 0.2 s, several times a run, and no call goes out meanwhile.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _ask_model(
    requests: Sequence[SummaryRequest], settings: Settings, refresh: bool
) -> tuple[list[SummaryRow], Spending]:
    config = settings.config
    futures: list[Future[list[SummaryRow]]] = []
    progress = _Progress(len(requests))
    groups = _group_by_paper(requests)
    # More workers than calls in flight: while one waits for its answer to be kept, another asks.
    workers = min(2 * config.summaries.concurrency, len(groups))
    with _open_executor(requests) as executor:
        async with LLM.open(settings, {request.day for request in requests}) as model:
            papers: asyncio.Queue[_PreparedPaper | None] = asyncio.Queue()

            async def work() -> None:
                while (paper := await papers.get()) is not None:
                    drafts = await _write_drafts(paper, model, config, progress, refresh=refresh)
                    futures.append(executor.submit(build_rows, drafts))

            try:
                async with asyncio.TaskGroup() as tasks:
                    for _ in range(workers):
                        tasks.create_task(work())
                    # What the first calls need; the rest is made ready while they are in flight.
                    first = len(groups) if config.summaries.mode == "batch" else config.summaries.concurrency
                    for some in (groups[:first], groups[first:]):
                        for paper in await _prepare_papers(some, model, config, refresh=refresh):
                            papers.put_nowait(paper)
                    for _ in range(workers):
                        papers.put_nowait(None)
            except ExceptionGroup as group:
                raise group.exceptions[0] from group
            rows = [row for future in futures for row in await asyncio.wrap_future(future)]
            rows = await judge_open_claims(rows, requests, model, config)
        return rows, model.spending


async def _prepare_papers(
    groups: Iterable[Sequence[SummaryRequest]], model: LLM, config: Config, *, refresh: bool
) -> list[_PreparedPaper]:
    """The papers with their prompts, looked up in the cache; what goes by the Batch API is submitted."""
    papers: list[_PreparedPaper] = []
    for group in groups:
        papers.append([_PreparedRequest(request, build_llm_request(request, config)) for request in group])
        await asyncio.sleep(0)  # a call that is ready goes first
    prepared = [one for paper in papers for one in paper]
    model.preload_cache([one.llm_request for one in prepared])
    if config.summaries.mode == "batch" and not refresh:
        every = [
            llm_request
            for one in prepared
            if not model.is_cached(one.llm_request)
            for llm_request in list_batch_requests(one.request, one.llm_request, config)
        ]
        model.preload_cache(every)
        await model.submit_batch(every)
    return papers


async def _write_drafts(
    paper: _PreparedPaper, model: LLM, config: Config, progress: "_Progress", *, refresh: bool
) -> list[Draft]:
    """What the model wrote of a paper, one summary after another, and what it failed to write."""
    deadline = Deadline(config.summaries.deadline_seconds)
    unsupported = config.summaries.unsupported
    written: list[Draft] = []
    shared = _find_shared_materials(paper, model)
    for prepared in paper:
        request, asked = prepared.request, prepared.llm_request
        if (asked.model, asked.material) in shared:
            asked = replace(asked, is_material_shared=True)
        try:
            is_new = refresh or not model.is_cached(asked)
            response = await request_summary(model, request, asked, config, deadline, refresh=refresh)
            if is_new and unsupported == "ask":
                response = await replace_unsupported(model, request, asked, response, config, deadline)
        except ModelError as error:
            written.append(Draft(request, failure=str(error), can_retry=error.can_retry))
        else:
            written.append(Draft(request, response, response.key, unsupported=unsupported))
        progress.step(model.spending)
    return written


def _find_shared_materials(paper: _PreparedPaper, model: LLM) -> set[tuple[str, str]]:
    """The texts, by model, that several summaries of a paper are still to be written from."""
    waiting = (prepared.llm_request for prepared in paper if not model.is_cached(prepared.llm_request))
    counts = Counter((request.model, request.material) for request in waiting)
    return {material for material, count in counts.items() if count > 1}


def _open_executor(requests: Sequence[SummaryRequest]) -> Executor:
    """Where postprocessing runs: a thread, or processes where there is so much to read that a thread would hold up calls."""
    if sum(request.content.text.characters for request in requests) < _MIN_CHARACTERS_FOR_PROCESSES:
        return ThreadPoolExecutor(1, thread_name_prefix="postprocessing")
    count = min(os.cpu_count() or 1, _MAX_PROCESSES)
    executor = WorkerProcesses(count, drafts.prepare_process, preload=[drafts.__name__])
    # At once, so that it imports while the prompts are built and the first calls are in flight; in a thread, since
    # whoever starts a process waits for that.
    Thread(target=_start_processes, args=(executor, count), daemon=True).start()
    return executor


def _start_processes(executor: Executor, count: int) -> None:
    with suppress(RuntimeError):  # closed before all were needed
        for _ in range(count):
            executor.submit(os.getpid)


def _group_drafts(requests: Sequence[SummaryRequest]) -> Iterator[list[Draft]]:
    """The requests of each paper together, with nothing asked."""
    papers: defaultdict[str, list[Draft]] = defaultdict(list)
    for request in requests:
        papers[request.id].append(Draft(request))
    yield from papers.values()


def _group_by_paper(requests: Iterable[SummaryRequest]) -> list[list[SummaryRequest]]:
    """The requests, all of a paper together, papers with most requests first: so the last ones end together."""
    papers: defaultdict[str, list[SummaryRequest]] = defaultdict(list)
    for request in requests:
        papers[request.id].append(request)
    return [
        sorted(group, key=lambda request: (request.day, -request.content.text.characters, request.report))
        for _, group in sorted(papers.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


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
