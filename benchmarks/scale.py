"""What a user, years and categories come to: requests, hours and gigabytes, by the settings' own pace and real mailings.

    python -m benchmarks.scale [--latency 10]

A simulation, not a measurement: the calendar says which days have a mailing, the settings how fast arXiv, its papers' files
and the model are asked; how much room a day takes was measured on three real days. What takes longest breaks first.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from digest_assets.config.settings import Settings

# Three days of cs.CV, cs.RO, cs.IR and cs.CY, of 279 papers of which 19 were read in full, after `digest prune --compact`:
# 4.5 MB a day, and 3.1 MB once the texts were let go.
BYTES_OF_PAPER = 3_100_000 / 279
BYTES_OF_TEXT = 1_400_000 / 19
_REQUESTS_OF_TEXT = 1.3  # HTML first, and the PDF where there is none: a third to a quarter of the papers


@dataclass(frozen=True)
class Load:
    """Somebody's days."""

    name: str
    first: date
    last: date
    papers: int
    in_full: int


LOADS = (
    Load("one user, 5 years", date(2021, 11, 29), date(2026, 11, 27), 215, 20),
    Load("20 categories, one day", date(2026, 11, 25), date(2026, 11, 25), 1500, 100),
    Load("20 categories, 5 years", date(2021, 11, 29), date(2026, 11, 27), 1500, 100),
    Load("a backfill of 10 years", date(2016, 11, 28), date(2026, 11, 27), 215, 60),
)


def simulate(load: Load, settings: Settings, latency: float) -> dict[str, float]:
    """Mailings, the hours of each pace that is kept, and the gigabytes at the end."""
    config = settings.config
    days = [load.first + timedelta(days=number) for number in range((load.last - load.first).days + 1)]
    mailings = sum(settings.calendar.is_mailing(day) for day in days)
    pages = math.ceil(load.papers / config.sources.arxiv.page_size)
    of_listing = mailings * pages * config.sources.arxiv.delay_seconds
    of_texts = mailings * load.in_full * _REQUESTS_OF_TEXT / config.texts.requests_per_second
    of_model = mailings * math.ceil(load.papers / config.summaries.concurrency) * latency
    size = mailings * (load.papers * BYTES_OF_PAPER + load.in_full * BYTES_OF_TEXT)
    return {
        "mailings": mailings,
        "listing, h": of_listing / 3600,
        "reading, h": of_texts / 3600,
        "model, h": of_model / 3600,
        "GB": size / 1e9,
        "GB without texts": mailings * load.papers * BYTES_OF_PAPER / 1e9,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, default=10.0, help="seconds of a summary by the model")
    given = parser.parse_args(arguments)
    for number, load in enumerate(LOADS):
        numbers = simulate(load, Settings(), given.latency)
        if not number:
            print(f"| who | {' | '.join(numbers)} |\n|---|{'---:|' * len(numbers)}")
        print(f"| {load.name} | {' | '.join(f'{value:,.2f}' for value in numbers.values())} |")


if __name__ == "__main__":
    main()
