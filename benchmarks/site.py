"""What a day costs the site: one day of 100 papers added to a site of 30, 100 and 365 such days.

    python -m benchmarks.site [--sizes 30 100 365] [--papers 100] [--repeats 5]

Processor time is compared, the best of the repeats; a day of the large site may cost at most
20% more than a day of the small one. The day stands at the same place of its month in all of them.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from digest_assets.config.settings import Environment, Settings
from digest_assets.site.build import build_site
from digest_assets.testing.site_days import generate_day, remove_day, store_days

LIMIT = 1.2  # times the smallest site's day: a day must not cost more as the site grows; 0.2 is for noise
NEW_DAY = date(2027, 6, 15)


def measure_days(folder: Path, sizes: Sequence[int], papers: int, repeats: int) -> dict[int, tuple[float, float, int]]:
    """For each number of days before: the new day's processor and wall seconds, and the files that it wrote.

    The sizes take turns, so that a busy minute of the machine meets all of them.
    """
    sites = {days: Settings(environment=Environment(data_dir=folder / str(days))) for days in sizes}
    for days, settings in sites.items():
        store_days(settings, *(generate_day(NEW_DAY - timedelta(days=number), papers) for number in range(1, days + 1)))
        build_site(settings)
    found: dict[int, list[tuple[float, float, int]]] = {days: [] for days in sizes}
    for _ in range(repeats):
        for days, settings in sites.items():
            store_days(settings, generate_day(NEW_DAY, papers))
            processor, wall = time.process_time(), time.perf_counter()
            built = build_site(settings)
            found[days].append((time.process_time() - processor, time.perf_counter() - wall, built.files_written))
            remove_day(settings, NEW_DAY)
            build_site(settings)
    return {days: min(measured) for days, measured in found.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code says whether the limit holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[30, 100, 365], help="days that the site has before")
    parser.add_argument("--papers", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args(arguments)
    print(f"{'days':>5} {'processor s':>12} {'wall s':>8} {'files':>6} {'against the first':>18}")
    with tempfile.TemporaryDirectory() as folder:
        measured = measure_days(Path(folder), given.sizes, given.papers, given.repeats)
    first = measured[given.sizes[0]][0]
    worst = max(processor / first for processor, _, _ in measured.values())
    for days, (processor, wall, files) in measured.items():
        print(f"{days:>5} {processor:>12.3f} {wall:>8.3f} {files:>6} {processor / first:>18.2f}")
    print("within the limit" if worst <= LIMIT else f"over the limit of {LIMIT}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
