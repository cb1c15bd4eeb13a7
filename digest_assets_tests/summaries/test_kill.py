"""A run that is killed, and runs beside each other: what was answered is never asked again."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

from digest_assets.config.settings import Settings
from digest_assets.llm.tables import LLM_CACHE
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.model_days import make_model_settings, run_model_day, store_papers
from digest_assets.testing.summary_days import load_summaries, make_llm_settings, materialise_asset, store_day
from digest_assets.warehouse import open_warehouse

CONCURRENCY = 4
PAPERS = 40
KILLS = 30


def settings_in(folder: Path) -> Settings:
    return make_llm_settings(folder, concurrency=CONCURRENCY)


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """The run in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", __name__, str(folder)], env=os.environ, stderr=subprocess.DEVNULL)


@pytest.mark.long
def test_a_killed_run_pays_nothing_twice_and_ends_as_if_undisturbed(
    tmp_path: Path, endpoint: Callable[..., FakeLLMServer]
) -> None:
    model = endpoint(latency=0.1)
    disturbed, calm = settings_in(tmp_path / "disturbed"), settings_in(tmp_path / "calm")
    for settings in (disturbed, calm):
        store_day(settings, PAPERS, ["daily_table", "deep_read"])

    process = start(tmp_path / "disturbed")
    while len(model.get_successful_calls()) < PAPERS and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    finished = len(open_warehouse(disturbed).read(LLM_CACHE))
    assert PAPERS - 10 <= finished < 2 * PAPERS
    assert len(open_warehouse(disturbed).read(PAPER_SUMMARIES, [date(2025, 12, 5)])) == 0

    time.sleep(0.3)  # the calls that were in flight come to their end at the endpoint
    before = len(model.calls)
    assert start(tmp_path / "disturbed").wait() == 0
    # Every call that was finished when the run was killed is made once; the few in flight are made again.
    assert len(model.calls) - before == 2 * PAPERS - finished
    repeated = [prompt for prompt, count in Counter(call.prompt for call in model.calls).items() if count > 1]
    assert len(repeated) <= 2 * CONCURRENCY  # in flight, or answered and not yet committed

    materialise_asset(calm)
    assert load_summaries(disturbed) == load_summaries(calm)


@pytest.mark.long
@pytest.mark.timeout(400)
def test_thirty_kills_change_no_report_and_pay_nothing_twice(
    tmp_path: Path, endpoint: Callable[..., FakeLLMServer]
) -> None:
    """By a model that fills the first schema, whatever it is asked, with limits and cut answers in between."""
    model = endpoint(latency=0.02, first_schema_only=True, faults={"429": 0.1, "length": 0.1}, retry_after=0.05)
    disturbed, calm = (
        make_model_settings(
            tmp_path / name, of_reports=("daily_table", "deep_read"), concurrency=CONCURRENCY, deadline_seconds=120
        )
        for name in ("disturbed", "calm")
    )
    for settings in (disturbed, calm):
        store_papers(settings, 5 * PAPERS // 2, paragraphs=1)
    undisturbed = run_model_day(calm)
    assert {call.outcome for call in undisturbed.calls} == {"ok", "invalid", "truncated"}

    model.reset()
    # Forked from a process that has imported everything: each run starts in a moment.
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, "openai"])
    for kill in range(KILLS):
        seen = len(model.calls)
        process = context.Process(target=make_day, args=(disturbed, model.get_environment()))
        process.start()
        while len(model.calls) <= seen + 4 * (kill % 4):  # at the first answer, or when some are stored already
            assert process.is_alive(), "the day was made before its last kill"
            time.sleep(0.002)
        process.kill()
        process.join()
        time.sleep(0.1)  # the calls that were in flight come to their end at the endpoint
    made = run_model_day(disturbed)
    assert made.texts == undisturbed.texts
    assert [row.fields for row in made.rows] == [row.fields for row in undisturbed.rows]

    keys = Counter(call.key for call in made.calls if call.outcome == "ok")
    assert set(keys.values()) == {1}
    # Not those whose answer and its repair were both cut: they fell back, in both.
    assert keys.keys() == {call.key for call in undisturbed.calls if call.outcome == "ok"}
    # What was in flight at a kill, or answered and not yet stored, is asked again, and nothing else.
    answered = sum(call.outcome in ("ok", "length") for call in model.calls)
    assert 0 <= answered - len(made.calls) <= 2 * CONCURRENCY * KILLS


@pytest.mark.long
def test_runs_that_have_the_same_questions_at_once_ask_each_once(
    tmp_path: Path, endpoint: Callable[..., FakeLLMServer]
) -> None:
    model = endpoint(latency=0.1)
    store_day(settings_in(tmp_path), PAPERS, ["daily_table"])
    processes = [start(tmp_path) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert Counter(call.prompt for call in model.calls).most_common(1)[0][1] == 1
    assert len(model.calls) == PAPERS


def make_day(settings: Settings, variables: Mapping[str, str]) -> None:
    """Make the stored day, in a process of its own."""
    os.environ.update(variables)
    run_model_day(settings)


if __name__ == "__main__":
    materialise_asset(settings_in(Path(sys.argv[1])))
