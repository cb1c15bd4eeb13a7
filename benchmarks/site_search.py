"""The site's search over years: what a new day costs, how many files and bytes there are, how soon a slow line shows results.

    DIGEST_TEST_CORPUS=... python -m benchmarks.site_search [--days 750] [--papers 300] [--line 1.6]

The corpus' papers come again and again, each time with a word and an author of its own. The page is opened in Chromium
over a line of so many Mbit/s with a delay of 100 ms, from a server that compresses, as hosts of static pages do. A
question begins with the last letter typed, in a browser that has loaded the page alone. Two times are told, to the first
results and to all: what the line takes for the question's bytes and trips, which are the same on any machine and are held
to the limits, and the clock's.
"""

import argparse
import gzip
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Request, sync_playwright

from digest_assets.reports import urls
from digest_assets.site import pages, search_index, search_words
from digest_assets.site.files import SiteFolder
from digest_assets.testing.corpus import list_corpus_days, load_listing_rows, require_corpus

FIRST = date(2023, 1, 2)
FIRST_LIMIT, ALL_LIMIT = 1.0, 3.0  # seconds: a reader waits for the first, and looks at them while the rest comes
DELAY = 0.1  # seconds of a trip over the line
CHROMIUM = "/usr/bin/chromium"
# Looked at with each frame: Playwright's own waiting looks every half second.
_IS_SHOWN = "before => document.getElementById('results').dataset.question !== before"
_IS_DONE = "() => document.getElementById('found').dataset.ready === 'true'"
QUESTIONS = (
    "gaussian splatting",
    "diffusion policy manipulation",
    '"vision language action"',
    "how do transformers learn in context?",
    "reinforcement -offline",
    "difusion avatr",
    "avatar",
    "object detection transformer",
    "large language model reasoning",
    "hallucination",
    '"diffusion model"',
    "differential privacy federated learning -medical",
    "zebrafish connectome",
    "2306.08123",
)


def make_rows(corpus: Path) -> list[dict[str, Any]]:
    """The corpus' papers as the search has them."""
    rows = {}
    for day in list_corpus_days(corpus):
        for paper in load_listing_rows(corpus, day):
            authors = paper["authors"] if isinstance(paper["authors"], list) else paper["authors"].split(", ")
            rows[paper["id"]] = {
                "title": paper["title"],
                "authors": authors,
                "categories": paper["categories"],
                "gist": paper["abstract"].split(". ")[0],
                "abstract": paper["abstract"],
            }
    return list(rows.values())


def list_days(rows: Sequence[dict[str, Any]], days: int, papers: int) -> Iterator[tuple[date, list[dict[str, Any]]]]:
    """Working days with papers of their own."""
    draw = random.Random(1)
    day, number = FIRST, 0
    for _ in range(days):
        made = []
        for place in range(papers):
            row = rows[draw.randrange(len(rows))]
            own = "".join(draw.choices("abcdefghiklmnoprstuvy", k=9))
            id_ = f"{day:%y%m}.{day.day * 500 + place:05d}"
            gist = f"{row['gist']} {own}"
            made.append(
                row | {"id": id_, "page": urls.paper_page(id_), "gist": gist, "authors": [*row["authors"], own]}
            )
            number += 1
        yield day, made
        day += timedelta(days=3 if day.weekday() == 4 else 1)


@dataclass
class Built:
    """What the site's search came to: processor seconds of the first and the last month's days, and of closing each month."""

    first: list[float]
    last: list[float]
    closing: list[float]
    papers: int


def build_search(folder: SiteFolder, days: Sequence[tuple[date, list[dict[str, Any]]]]) -> Built:
    """Write the days of the first and of the last month one after another, as builds do, and close each month that is over.

    The months between are written at once, each as if it were one long day: in their year's files nothing differs.
    """
    built = Built([], [], [], 0)
    papers: dict[str, int] = {}
    months = {name: list(some) for name, some in groupby(days, key=lambda pair: f"{pair[0]:%Y-%m}")}
    newest = max(months)
    for name, some in months.items():
        spent = []
        counts: dict[str, int] = {}
        is_measured = name in (min(months), newest)
        for day, rows in some if is_measured else [(some[0][0], [row for _, made in some for row in made])]:
            started = time.process_time()
            search_words.write_day(folder, day, search_words.index_papers(rows))
            spent.append(time.process_time() - started)
            counts[str(day)] = len(rows)
        for place, (day, rows) in enumerate(some):
            started = time.process_time()
            search_index.write_papers(folder, day, rows)
            if is_measured:
                spent[place] += time.process_time() - started
            papers[str(day)] = len(rows)
        built.first, built.last = built.first or spent, spent
        if name != newest:
            started = time.process_time()
            search_words.close_month(folder, name, counts)
            built.closing.append(time.process_time() - started)
    built.papers = sum(papers.values())
    search_words.write_list(folder, papers)
    return built


class _Pages(SimpleHTTPRequestHandler):
    """The folder's files, compressed."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            super().do_GET()
            return
        data = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    handler = partial(_Pages, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Traffic:
    """What a page asks for from now on: each request with its trip, one more than the last that had ended before it."""

    def __init__(self, page: Page) -> None:
        self.trips: dict[Request, int] = {}
        self._ended: list[Request] = []
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def _begin(self, request: Request) -> None:
        self.trips[request] = 1 + max((self.trips.get(other, 0) for other in self._ended), default=0)

    def _end(self, request: Request) -> None:
        self._ended.append(request)

    def list_ended(self) -> list[Request]:
        return [request for request in self._ended if request in self.trips]

    def measure(self, requests: Sequence[Request], megabits: float) -> tuple[int, int, float]:
        """The bytes and trips of some of them, and the seconds that the line takes for these."""
        answers = [answer for request in requests if (answer := request.response())]
        size = sum(int(answer.header_value("content-length") or 0) for answer in answers)
        trips = max((self.trips[request] for request in requests), default=0)
        return size, trips, size * 8 / 1e6 / megabits + trips * DELAY


@dataclass(frozen=True)
class Asked:
    """What a question took to its first results and to all: seconds of the line and of the clock; bytes and trips of all."""

    first: float
    complete: float
    first_measured: float
    complete_measured: float
    size: int
    trips: int
    says: str


def ask(browser: Browser, home: str, question: str, megabits: float) -> Asked:
    """Ask a question over a slow line."""
    with browser.new_context() as context:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        rate = megabits * 1e6 / 8
        devtools.send("Network.enable")
        line = {"offline": False, "latency": DELAY * 1000, "downloadThroughput": rate, "uploadThroughput": rate}
        devtools.send("Network.emulateNetworkConditions", line)
        page.goto(f"{home}search.html", wait_until="load")
        page.wait_for_selector("#found[data-ready=true]", timeout=60_000)
        before = page.locator("#results").get_attribute("data-question")
        traffic = Traffic(page)
        started = time.monotonic()
        page.get_by_label("Words").fill(question)
        page.wait_for_function(_IS_SHOWN, arg=before, polling="raf", timeout=60_000)
        first, shown = time.monotonic() - started, traffic.list_ended()
        page.wait_for_function(_IS_DONE, polling="raf", timeout=60_000)
        complete = time.monotonic() - started
        size, trips, seconds = traffic.measure(list(traffic.trips), megabits)
        seconds_first = traffic.measure(shown, megabits)[2]
        return Asked(seconds_first, seconds, first, complete, size, trips, page.locator("#found").inner_text())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code says whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=750, help="three years of mailings")
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--line", type=float, default=1.6, help="Mbit/s")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = SiteFolder(Path(name))
        built = build_search(folder, list(list_days(make_rows(require_corpus()), given.days, given.papers)))
        pages.write_static(folder)
        pages.write_page(folder, "search.html", "search.html", categories=["cs.CV"], topics=[])
        files = list(Path(name).rglob("data/**/*.js"))
        size = sum(path.stat().st_size for path in files)
        print(f"{built.papers} papers of {given.days} days: {len(files)} files, {size / 1e6:.0f} MB")
        first, last = (sorted(some)[len(some) // 2] for some in (built.first, built.last))
        print(f"processor seconds of a day: {first:.2f} in the first month, {last:.2f} in the last; ", end="")
        print(f"to close a month: {max(built.closing, default=0):.1f} at most")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        print(f"{given.line} Mbit/s, {DELAY:.1f} s a trip{'':23} the line: first, all   measured: first, all")
        asked = []
        with serve(Path(name)) as home:
            for question in QUESTIONS:
                one = ask(browser, home, question, given.line)
                asked.append(one)
                print(
                    f"{question:<48} {one.first:>6.2f} {one.complete:>5.2f} s {one.first_measured:>9.2f} "
                    f"{one.complete_measured:>5.2f} s   {one.size / 1000:>4.0f} kB, {one.trips} trips   {one.says}"
                )
        browser.close()
    held = all(one.first <= FIRST_LIMIT and one.complete <= ALL_LIMIT for one in asked)
    print("within the limits" if held else f"over the limits of {FIRST_LIMIT} and {ALL_LIMIT} s by the line")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
