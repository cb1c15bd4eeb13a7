"""How near a day's summaries come to the endpoint's own limit: papers / calls in flight x latency.

    python -m benchmarks.summaries_speed [--papers 200] [--concurrency 20] [--latency 1.0] [--report daily_table]

A fake LLM in a process of its own answers after the latency. The day is then made again: that must make no call and
give the same rows. `category_digest` reads abstracts; the other reports read the full texts.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from digest_assets.config.fields import FORMATS
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.testing.fake_llm.process import run_fake_llm
from digest_assets.testing.loopback.environment import override_environment
from digest_assets.testing.summary_days import DAY, make_llm_settings, materialise_asset, store_day
from digest_assets.warehouse import open_warehouse

_PARAGRAPH_CHARACTERS = 350  # of a generated paragraph


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one day and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--report", choices=FORMATS, default="daily_table")
    parser.add_argument("--characters", type=int, default=60_000, help="length of a paper's text")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, run_fake_llm(given.latency) as llm, override_environment(llm):
        settings = make_llm_settings(Path(folder), concurrency=given.concurrency)
        store_day(settings, given.papers, [given.report], paragraphs=given.characters // _PARAGRAPH_CHARACTERS)
        started = time.monotonic()
        first = materialise_asset(settings)
        wall = time.monotonic() - started
        endpoint = llm.fetch_statistics()
        rows = open_warehouse(settings).read(PAPER_SUMMARIES, [DAY])
        started = time.monotonic()
        again = materialise_asset(settings)
        wall_again = time.monotonic() - started
        same = rows.equals(open_warehouse(settings).read(PAPER_SUMMARIES, [DAY]))
    limit = -(-given.papers // given.concurrency) * given.latency
    print(f"| {given.papers} x {given.report}, {given.concurrency} in flight, {given.latency} s | first | again |")
    print("|---|---:|---:|")
    print(f"| calls (at the endpoint: {endpoint['calls']}) | {first['calls']} | {again['calls']} |")
    print(f"| most in flight | {endpoint['max_in_flight']} | |")
    print(f"| limit, s | {limit:.2f} | 0 |")
    print(f"| first call to last answer, s | {endpoint['seconds']:.2f} ({endpoint['seconds'] / limit:.3f} x limit) | |")
    print(
        f"| summaries, s | {first['seconds']:.2f} ({first['seconds'] / limit:.3f} x limit) | {again['seconds']:.2f} |"
    )
    print(f"| whole run, s | {wall:.2f} ({wall / limit:.3f} x limit) | {wall_again:.2f} |")
    print(f"| same rows | | {'yes' if same else 'NO'} |")


if __name__ == "__main__":
    main()
