"""How near a day's summaries come to the endpoint's own limit: papers / calls in flight x latency.

    python -m benchmarks.summaries_speed [--papers 200] [--concurrency 20] [--latency 1.0] [--report daily_table]

A fake-llm model in a process of its own answers after the latency. The day is then made again: that must make no
call and give the same rows. `category_digest` reads abstracts; the other reports read the full texts.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.testing.fake_llm.server import API_KEY
from digest_assets.testing.summary_days import DAY, make_llm_settings, materialise_asset, store_day

_PARAGRAPH = 350  # characters of a made-up paragraph


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--report", default="daily_table")
    parser.add_argument("--characters", type=int, default=60_000, help="length of a paper's text")
    given = parser.parse_args()
    command = [sys.executable, "-m", "digest_assets.testing.fake_llm", "--latency", str(given.latency)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        base_url = server.stdout.readline().strip()
        os.environ.update(OPENAI_BASE_URL=base_url, OPENAI_API_KEY=API_KEY)
        settings = make_llm_settings(Path(folder), concurrency=given.concurrency)
        store_day(settings, given.papers, [given.report], paragraphs=given.characters // _PARAGRAPH)
        started = time.monotonic()
        first = materialise_asset(settings)
        wall = time.monotonic() - started
        with urlopen(base_url.removesuffix("/v1") + "/seen") as response:
            seen = json.load(response)
        rows = settings.warehouse().read(PAPER_SUMMARIES, [DAY])
        started = time.monotonic()
        again = materialise_asset(settings)
        wall_again = time.monotonic() - started
        same = rows.equals(settings.warehouse().read(PAPER_SUMMARIES, [DAY]))
        server.stdin.close()
    limit = -(-given.papers // given.concurrency) * given.latency
    print(f"| {given.papers} x {given.report}, {given.concurrency} in flight, {given.latency} s | first | again |")
    print("|---|---:|---:|")
    print(f"| calls (at the endpoint: {seen['calls']}) | {first['calls']} | {again['calls']} |")
    print(f"| most in flight | {seen['peak']} | |")
    print(f"| limit, s | {limit:.2f} | 0 |")
    print(f"| first call to last answer, s | {seen['seconds']:.2f} ({seen['seconds'] / limit:.3f} x limit) | |")
    print(
        f"| summaries, s | {first['seconds']:.2f} ({first['seconds'] / limit:.3f} x limit) | {again['seconds']:.2f} |"
    )
    print(f"| whole run, s | {wall:.2f} ({wall / limit:.3f} x limit) | {wall_again:.2f} |")
    print(f"| same rows | | {'yes' if same else 'NO'} |")


if __name__ == "__main__":
    main()
