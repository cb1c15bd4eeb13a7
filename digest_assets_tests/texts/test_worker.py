"""A file that hangs, crashes or balloons a parser takes only its own paper."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from digest_assets.common.errors import ReadingError
from digest_assets.config.texts import TextsConfig
from digest_assets.texts.worker import FileKind, WorkerPool
from digest_assets_tests.texts.hostile import ballooning_pdf, deep_html, spinning_pdf, wide_html
from digest_assets_tests.texts.test_reader import page, pdf


def parse_all(files: Sequence[tuple[FileKind, Path]], limits: TextsConfig, processes: int = 1) -> list[str]:
    """For each file how many parts it has, or why it could not be parsed."""

    async def parse() -> list[str]:
        async with WorkerPool(processes, limits) as workers:

            async def one(kind: FileKind, path: Path) -> str:
                try:
                    return f"{len((await workers.parse(kind, path)).sections)} parts"
                except ReadingError as error:
                    return str(error)

            return await asyncio.gather(*(one(kind, path) for kind, path in files))

    return asyncio.run(parse())


def saved(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_that_makes_the_parser_spin_is_killed_at_its_limit_and_the_others_are_read(tmp_path: Path) -> None:
    spinning, sound = saved(tmp_path, "spin.pdf", spinning_pdf()), saved(tmp_path, "sound.html", page())
    # Time for the sound one to be read on a busy machine, and memory for as long as the other spins.
    limits = TextsConfig(timeout_seconds=3, memory_bytes=8_000_000_000)
    assert parse_all([("pdf", spinning), ("html", sound)], limits) == ["parsing took more than 3 s", "2 parts"]


@pytest.mark.long
def test_a_file_that_balloons_is_stopped_at_the_memory_limit_and_the_others_are_read(tmp_path: Path) -> None:
    files = [saved(tmp_path, "balloon.pdf", ballooning_pdf()), saved(tmp_path, "wide.html", wide_html())]
    kinds: list[FileKind] = ["pdf", "html"]
    sound = saved(tmp_path, "sound.pdf", pdf())
    limits = TextsConfig(timeout_seconds=60, memory_bytes=500_000_000)
    *hostile, last = parse_all([*zip(kinds, files, strict=True), ("pdf", sound)], limits)
    assert set(hostile) <= {"the parser crashed", "parsing took too much memory", "damaged or not a PDF"}
    assert last == "1 parts"


def test_deeply_nested_html_is_read_to_a_depth(tmp_path: Path) -> None:
    (reason,) = parse_all([("html", saved(tmp_path, "deep.html", deep_html()))], TextsConfig())
    assert reason.startswith("only ")


@pytest.mark.parametrize("signals", [[signal.SIGSEGV], [signal.SIGKILL, signal.SIGKILL]], ids=["crash", "two kills"])
def test_a_crash_is_a_reason_and_so_is_a_second_kill(tmp_path: Path, signals: list[signal.Signals]) -> None:
    endless, sound = saved(tmp_path, "spin.pdf", spinning_pdf()), saved(tmp_path, "sound.html", page())

    async def crash_then_parse() -> tuple[str, int]:
        async with WorkerPool(1, TextsConfig(timeout_seconds=60)) as workers:
            waiting = asyncio.create_task(workers.parse("pdf", endless))
            ended: set[int] = set()
            for number in signals:
                while (process := workers._all[0]._process) is None or process.pid in ended:
                    assert not waiting.done()
                    await asyncio.sleep(0.01)
                os.kill(process.pid, number)
                ended.add(process.pid)
            with pytest.raises(ReadingError) as caught:
                await waiting
            return str(caught.value), len((await workers.parse("html", sound)).sections)

    assert asyncio.run(crash_then_parse()) == ("the parser crashed", 2)


def test_a_file_whose_parser_was_killed_from_outside_is_read_by_the_next(tmp_path: Path) -> None:
    sound = saved(tmp_path, "sound.html", page())

    async def kill_once() -> int:
        async with WorkerPool(1, TextsConfig(timeout_seconds=60)) as workers:
            await workers.parse("html", sound)
            process = workers._all[0]._process
            assert process is not None
            os.kill(process.pid, signal.SIGSTOP)  # so that it cannot be faster
            waiting = asyncio.create_task(workers.parse("html", sound))
            await asyncio.sleep(0.1)
            os.kill(process.pid, signal.SIGKILL)
            return len((await waiting).sections)

    assert asyncio.run(kill_once()) == 2


def test_a_worker_gets_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    sound = saved(tmp_path, "sound.html", page())

    async def environment() -> bytes:
        async with WorkerPool(1, TextsConfig()) as workers:
            await workers.parse("html", sound)
            process = workers._all[0]._process
            assert process is not None
            return Path(f"/proc/{process.pid}/environ").read_bytes()

    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    assert b"sk-secret" not in asyncio.run(environment())


def test_a_worker_ends_itself_when_its_starter_is_gone(tmp_path: Path) -> None:
    """The kernel's alarm: nobody is there to kill the spinning process."""
    path = saved(tmp_path, "spin.pdf", spinning_pdf())

    async def abandon() -> int:
        # Memory for as long as it spins: else its limit, not the alarm, ends it on a quick machine.
        async with WorkerPool(1, TextsConfig(timeout_seconds=1, memory_bytes=8_000_000_000)) as workers:
            worker = workers._all[0]
            process = await worker._start()
            assert process.stdin is not None
            process.stdin.write(f'{{"kind": "pdf", "path": "{path}", "pages": 1}}\n'.encode())
            return await asyncio.wait_for(process.wait(), 20)

    assert asyncio.run(abandon()) == -signal.SIGALRM
