"""How near a day's summaries come to the endpoint's own limit: papers / calls in flight x latency.

    python -m benchmarks.summaries_speed [--papers 200] [--concurrency 20] [--latency 1.0] [--report daily_table]

A fake LLM in a process of its own answers after the latency. The day is then made again: that must make no call and
give the same rows. `category_digest` reads abstracts; the other reports read the full texts.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_PARAGRAPH_CHARACTERS = 350  # of a generated paragraph


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one day and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--report", default="daily_table")
    parser.add_argument("--characters", type=int, default=60_000, help="length of a paper's text")
    given = parser.parse_args(arguments)
    # Here, since the processes of postprocessing import the main module anew, which is small when `digest` runs.
    import dagster as dg

    from digest_assets.summaries.tables import PAPER_SUMMARIES
    from digest_assets.testing.fake_llm.process import run_fake_llm
    from digest_assets.testing.loopback.environment import override_environment
    from digest_assets.testing.summary_days import DAY, make_llm_settings, materialise_asset, store_day
    from digest_assets.warehouse import open_warehouse

    with (
        tempfile.TemporaryDirectory() as folder,
        dg.DagsterInstance.ephemeral() as instance,  # as a run has one before its first step
        run_fake_llm(given.latency) as llm,
        override_environment(llm),
    ):
        settings = make_llm_settings(Path(folder), concurrency=given.concurrency)
        store_day(settings, given.papers, [given.report], paragraphs=given.characters // _PARAGRAPH_CHARACTERS)
        started, processor = time.monotonic(), time.process_time()
        first = materialise_asset(settings, instance=instance)
        stored, processor = time.monotonic(), time.process_time() - processor
        endpoint = llm.fetch_statistics()
        others = _read_processor_seconds(os.getpid())
        rows = open_warehouse(settings).read(PAPER_SUMMARIES, [DAY])
        again_started = time.monotonic()
        again = materialise_asset(settings, instance=instance)
        wall_again = time.monotonic() - again_started
        same = rows.equals(open_warehouse(settings).read(PAPER_SUMMARIES, [DAY]))
    limit = -(-given.papers // given.concurrency) * given.latency
    from_first_call, wall = stored - endpoint["first_call"], stored - started
    print(f"| {given.papers} x {given.report}, {given.concurrency} in flight, {given.latency} s | first | again |")
    print("|---|---:|---:|")
    print(f"| calls (at the endpoint: {endpoint['calls']}) | {first['calls']} | {again['calls']} |")
    print(f"| most in flight | {endpoint['max_in_flight']} | |")
    print(f"| limit, s | {limit:.2f} | 0 |")
    print(f"| first call to last answer, s | {endpoint['seconds']:.2f} ({endpoint['seconds'] / limit:.3f} x limit) | |")
    print(f"| first call to stored, s | {from_first_call:.2f} ({from_first_call / limit:.3f} x limit) | |")
    print(f"| with start-up, s | {wall:.2f} ({wall / limit:.3f} x limit) | {wall_again:.2f} |")
    print(f"| processor seconds: the run; its other processes and the endpoint | {processor:.2f}; {others:.2f} | |")
    print(f"| load of the machine: a minute before the end, cores | {os.getloadavg()[0]:.1f}, {os.cpu_count()} | |")
    print(f"| same rows | | {'yes' if same else 'NO'} |")


def _read_processor_seconds(of: int) -> float:
    """What the processes that this one has started took so far; 0 where the kernel does not tell (not Linux)."""
    total, parents = 0.0, {of}
    for path in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda path: int(path.parent.name)):
        with suppress(OSError):  # it has ended
            fields = path.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) in parents:
                parents.add(int(path.parent.name))
                total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


if __name__ == "__main__":
    main()
