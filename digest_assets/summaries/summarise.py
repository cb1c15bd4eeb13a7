"""A day's summaries: every wished-for one, by the model or by extraction, finished the same way.

The model's calls run side by side, one worker per call in flight; a worker takes all summaries of one paper, one
after another, so that the second finds the paper in the provider's cache. Finishing (tracing figures, looking up
evidence) runs in a thread beside the waiting.
"""

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from digest_assets.config import Config, Settings
from digest_assets.errors import ModelError
from digest_assets.model.client import Deadline
from digest_assets.model.engine import Model, Spending
from digest_assets.model.questions import Answer, Question
from digest_assets.summaries import extractive
from digest_assets.summaries.asking import answer, question_of
from digest_assets.summaries.finishing import Finished, Finisher
from digest_assets.summaries.profiles import PROFILES, Profile
from digest_assets.summaries.tables import SummaryRow
from digest_assets.summaries.wishes import Material, Wish

logger = logging.getLogger(__name__)

NOT_TRANSLATED = "in the paper's language: the extractive engine does not translate"
_SAY_EVERY_SECONDS = 10.0


@dataclass(frozen=True)
class Summaries:
    """What was made, and what this run spent on it."""

    rows: list[SummaryRow]
    spending: Spending = field(default_factory=Spending)
    seconds: float = 0.0


@dataclass(frozen=True)
class _Asked:
    wish: Wish
    question: Question[Profile]


def summarise(wishes: Sequence[Wish], settings: Settings, *, refresh: bool = False) -> Summaries:
    """Make the summaries with the configured engine; one that it cannot make is extracted and says why.

    Args:
        wishes: What is to be made.
        settings: Engine, limits, budget.
        refresh: Ask the model anew although an answer was kept.
    """
    started = time.monotonic()
    if settings.config.summaries.engine == "extractive":
        desk = _Desk()
        rows = [desk.extracted(wish) for wish in wishes]
        return Summaries(rows, seconds=time.monotonic() - started)
    if not wishes:
        return Summaries([])
    rows, spending = asyncio.run(_by_model(wishes, settings, refresh))
    return Summaries(rows, spending, time.monotonic() - started)


async def _by_model(wishes: Sequence[Wish], settings: Settings, refresh: bool) -> tuple[list[SummaryRow], Spending]:
    config = settings.config
    papers = deque(_by_paper(wishes, config))
    desk = _Desk()
    rows: list[Future[SummaryRow]] = []
    progress = _Progress(len(wishes))
    with ThreadPoolExecutor(1, thread_name_prefix="finishing") as beside:
        async with Model.of(settings, {wish.day for wish in wishes}) as model:
            model.recall([asked.question for paper in papers for asked in paper])

            async def work() -> None:
                while papers:
                    deadline = Deadline(config.summaries.deadline_seconds)
                    for asked in papers.popleft():
                        try:
                            given = await answer(model, asked.wish, asked.question, config, deadline, refresh=refresh)
                        except ModelError as error:
                            rows.append(beside.submit(desk.extracted, asked.wish, str(error)))
                        else:
                            rows.append(beside.submit(desk.written, asked, given))
                        progress.step(model.spending)

            try:
                async with asyncio.TaskGroup() as workers:
                    for _ in range(min(config.summaries.concurrency, len(papers))):
                        workers.create_task(work())
            except ExceptionGroup as group:
                raise group.exceptions[0] from group
        return [row.result() for row in rows], model.spending


def _by_paper(wishes: Sequence[Wish], config: Config) -> Iterator[list[_Asked]]:
    """The questions, all of a paper together, papers with most questions first: so the last ones end together."""
    papers: defaultdict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        papers[wish.id].append(wish)
    for _, group in sorted(papers.items(), key=lambda item: (-len(item[1]), item[0])):
        families: defaultdict[str, list[type[Profile]]] = defaultdict(list)
        for wish in group:
            families[wish.material.identity].append(PROFILES[wish.report])
        yield [
            _Asked(wish, question_of(wish, config, families[wish.material.identity]))
            for wish in sorted(group, key=lambda wish: (wish.day, -wish.material.text.characters, wish.report))
        ]


class _Desk:
    """Makes rows of summaries; keeps what was indexed of the last material, since its summaries come together."""

    def __init__(self) -> None:
        self._last: tuple[Material, Finisher] | None = None

    def written(self, asked: _Asked, given: Answer[Profile]) -> SummaryRow:
        """The row of a model's summary."""
        try:
            finished = self._finisher(asked.wish.material).finish(given.value, by_model=True)
        except ModelError as error:
            return self.extracted(asked.wish, str(error))
        return _row(
            asked.wish,
            finished,
            engine="openai",
            model=given.model,
            key=asked.question.key,
            tokens_in=given.usage.tokens_in,
            tokens_cached=given.usage.tokens_cached,
            tokens_out=given.usage.tokens_out,
            cost_usd=given.usage.cost_usd,
        )

    def extracted(self, wish: Wish, failure: str | None = None) -> SummaryRow:
        """The row of an extracted summary; `failure` says why it stands in for a model's."""
        material = wish.material
        profile = extractive.summarise(wish.report, material.paper, material.text)
        finished = self._finisher(material).finish(profile, by_model=False)
        notes = [failure, NOT_TRANSLATED if wish.language != "en" else None]
        return _row(
            wish,
            finished,
            engine="extractive",
            key=f"extractive-{wish.report}-{material.identity}",
            note="; ".join(note for note in notes if note) or None,
            failed=failure is not None,
        )

    def _finisher(self, material: Material) -> Finisher:
        if self._last is None or self._last[0] is not material:
            self._last = (material, Finisher(material))
        return self._last[1]


def _row(wish: Wish, finished: Finished[Profile], **values: object) -> SummaryRow:
    return SummaryRow.model_validate(
        {
            "day": wish.day,
            "id": wish.id,
            "profile": wish.report,
            "language": wish.language,
            "fields": finished.profile.model_dump_json(),
            "figures": finished.figures,
            "figures_traced": finished.traced,
            "figures_total": len(finished.figures),
            **values,
        }
    )


class _Progress:
    """Says now and then how far it is."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._said = time.monotonic()

    def step(self, spending: Spending) -> None:
        """One more is done."""
        self._done += 1
        if time.monotonic() - self._said >= _SAY_EVERY_SECONDS:
            self._said = time.monotonic()
            logger.info("%d of %d summaries, $%.4f", self._done, self._total, spending.usage.cost_usd)
