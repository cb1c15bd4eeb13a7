"""How near a day's summaries come to the endpoint's own limit: papers / calls in flight x latency.

    python -m benchmarks.summaries_speed [--papers 200] [--concurrency 20] [--latency 1.0] [--characters 60000]

A stand-in model on loopback answers after the latency. The day is then made again: that must make no call.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets_tests.stand_ins.model import StandInModel
from digest_assets_tests.summaries.days import DAY, fill_day, materialise, with_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--characters", type=int, default=60_000, help="length of a paper's text")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, StandInModel(latency=given.latency) as model:
        os.environ.update(model.variables())
        settings = with_model(Path(folder), concurrency=given.concurrency)
        fill_day(settings, given.papers, ["daily_table"], paragraphs=given.characters // 350)
        started = time.monotonic()
        first = materialise(settings)
        wall, calls = time.monotonic() - started, len(model.calls)
        span = max(call.ended for call in model.calls) - min(call.started for call in model.calls)
        rows = settings.warehouse().read(PAPER_SUMMARIES, [DAY])
        started = time.monotonic()
        again = materialise(settings)
        wall_again = time.monotonic() - started
        limit = -(-given.papers // given.concurrency) * given.latency
        same = rows.equals(settings.warehouse().read(PAPER_SUMMARIES, [DAY]))
    print(
        f"| {given.papers} papers, {given.concurrency} in flight, {given.latency} s | first | again |\n|---|---:|---:|"
    )
    print(f"| calls | {calls} | {again['calls']} |")
    print(f"| most in flight | {model.peak} | |")
    print(f"| limit, s | {limit:.2f} | 0 |")
    print(f"| first call to last answer, s | {span:.2f} ({span / limit:.3f} x limit) | |")
    print(
        f"| summaries, s | {first['seconds']:.2f} ({first['seconds'] / limit:.3f} x limit) | {again['seconds']:.2f} |"
    )
    print(f"| whole run, s | {wall:.2f} ({wall / limit:.3f} x limit) | {wall_again:.2f} |")
    print(f"| same rows | | {'yes' if same else 'NO'} |")


if __name__ == "__main__":
    main()
