"""What a day costs the site: one day of 100 papers added to a site of 30, 100 and 365 such days.

Run `python -m benchmarks.site`. Processor time is compared, the best of five; a day of the large site may cost at most
20% more than a day of the small one. The day stands at the same place of its month in all of them.
"""

import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from digest_assets.config.settings import Environment, Settings
from digest_assets.site.build import build_site
from digest_assets.testing.site_days import generate_day, remove_day, store_days

SIZES = (30, 100, 365)
PAPERS = 100
TIMES = 5
LIMIT = 1.2
NEW_DAY = date(2027, 6, 15)


def measure_day(days: int) -> tuple[float, float, int]:
    """Processor and wall seconds for the new day in a site of so many days, and the files that it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(environment=Environment(data_dir=Path(folder)))
        store_days(settings, *(generate_day(NEW_DAY - timedelta(days=number), PAPERS) for number in range(1, days + 1)))
        build_site(settings)
        found = []
        for _ in range(TIMES):
            store_days(settings, generate_day(NEW_DAY, PAPERS))
            processor, wall = time.process_time(), time.perf_counter()
            built = build_site(settings)
            found.append((time.process_time() - processor, time.perf_counter() - wall, built.files_written))
            remove_day(settings, NEW_DAY)
            build_site(settings)
        return min(found)


def main() -> int:
    print(f"{'days':>5} {'processor s':>12} {'wall s':>8} {'files':>6} {'against the first':>18}")
    first = 0.0
    worst = 0.0
    for days in SIZES:
        processor, wall, files = measure_day(days)
        first = first or processor
        worst = max(worst, processor / first)
        print(f"{days:>5} {processor:>12.3f} {wall:>8.3f} {files:>6} {processor / first:>18.2f}", flush=True)
    print("within the limit" if worst <= LIMIT else f"over the limit of {LIMIT}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
