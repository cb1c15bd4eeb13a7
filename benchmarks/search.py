"""Whether a search finds the paper that is meant, and what it costs when three years are indexed.

    python -m benchmarks.search [--days 1095] [--papers 300] [--known 1000] [--questions 200]

Known papers of the corpus stand among made-up ones, whose words are as often as words are (Zipf's law). A question is some
words, in their order, of a known paper's title, of a sentence of its abstract, or of a sentence of its body; it is answered
well if the paper is among the first ten. The limits are those of a person at a terminal: the paper is found, within a
second, on any laptop.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from digest_assets.common.errors import DigestError
from digest_assets.config.settings import Environment, Settings
from digest_assets.search.index import IndexedPaper, SearchIndex, get_index_path
from digest_assets.search.papers import search_papers
from digest_assets.search.query import split_tokens
from digest_assets.search.update import read_fingerprints
from digest_assets.testing.corpus import list_corpus_days, load_listing_rows, require_corpus
from digest_assets.texts.local_file import read_file
from digest_assets.warehouse import open_warehouse
from digest_assets.warehouse.database import PARTITIONS, PartitionRow

LIMITS = {"recall": 0.9, "query s": 0.3, "command s": 1.0, "command MB": 150.0}
LAST = date(2026, 11, 20)
BODIES = 60  # papers a day that are read in full
_VOCABULARY = 150_000
_WORD = re.compile(r"[^\W\d_]{3,}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Known:
    """A real paper, with what was read of it."""

    paper: IndexedPaper
    abstract: str
    body: str


def load_known(corpus: Path, count: int) -> list[Known]:
    """Papers of the corpus: those of its files first, which have bodies."""
    known = []
    files = sorted([*(corpus / "pdf").glob("*.pdf"), *(corpus / "html").glob("*.html")])
    with ThreadPoolExecutor(2) as pool:
        for file, content in zip(files, pool.map(_try_read, files), strict=True):
            if content:
                known.append(_make_known(f"file:{file.stem}", file.stem, content[:1500], content))
    rows = [row for day in list_corpus_days(corpus) for row in load_listing_rows(corpus, day)]
    papers = {row["id"]: row for row in rows if row["announce_type"] == "new"}
    for row in random.Random(16).sample(sorted(papers.values(), key=lambda row: str(row["id"])), count - len(known)):
        known.append(_make_known(row["id"], row["title"], row["abstract"], ""))
    return known


def _try_read(file: Path) -> str:
    try:
        return "\n".join(section["text"] for section in read_file(file, None)["sections"])
    except DigestError:
        return ""


def _make_known(id_: str, title: str, abstract: str, body: str) -> Known:
    shown: dict[str, Any] = {
        "authors": [],
        "primary_category": "cs.CV",
        "topics": [],
        "hf_upvotes": None,
        "code_url": None,
    }
    words = " ".join(sorted(set(split_tokens(body))))
    return Known(IndexedPaper(id_, title, abstract, words, shown), abstract, body)


def make_questions(known: Sequence[Known], count: int) -> list[tuple[str, str, str]]:
    """Kind, words and the paper that is meant."""
    chance = random.Random(2016)
    with_body = [one for one in known if one.body]
    kinds = ["title"] * (count * 2 // 5) + ["abstract"] * (count * 2 // 5)
    kinds += ["body"] * (count - len(kinds))
    questions: list[tuple[str, str, str]] = []
    while len(questions) < count:
        kind = kinds[len(questions)]
        one = chance.choice(with_body if kind == "body" else known)
        if kind == "title":
            text = one.paper.title
        else:
            text = chance.choice(_SENTENCE.split(one.abstract if kind == "abstract" else one.body))
        words = _WORD.findall(text)
        if len(set(words)) < 4 or (kind != "title" and len(words) < 8):
            continue
        size = min(len(words), 4 if kind == "title" else 8)
        chosen = sorted(chance.sample(range(len(words)), size))
        questions.append((kind, " ".join(words[place] for place in chosen), one.paper.id))
    return questions


def make_sentences(count: int = 20_000, words: int = 25) -> list[str]:
    """Sentences that made-up papers are put together from; a word is in as many as Zipf's law has it."""
    ranks = np.random.default_rng(16).zipf(1.1, (count, words)) % _VOCABULARY
    return [" ".join(f"w{rank:x}" for rank in row) for row in ranks]


def iterate_made_up(day: date, count: int, sentences: Sequence[str], chance: random.Random) -> Iterator[IndexedPaper]:
    """A day of made-up papers: each some sentences, and words that no other paper has."""
    shown = {"authors": ["A One"], "primary_category": "cs.CV", "topics": [], "hf_upvotes": None, "code_url": None}
    for number in range(count):
        id_ = f"{day:%y%m}.{day.day:02}{number:03}"
        own = " ".join(f"{id_.replace('.', 'x')}n{place}" for place in range(8))
        text = " ".join([*chance.sample(sentences, 18), own])
        body = ""
        if number < BODIES:
            body = " ".join(sorted(set(" ".join(chance.sample(sentences, 120)).split())))
        yield IndexedPaper(id_, " ".join(text.split(maxsplit=10)[:10]), text, body, shown)


def build(settings: Settings, known: Sequence[Known], days: int, papers: int) -> None:
    """An index of so many days, of which the tables know."""
    dates = [LAST - timedelta(days=number) for number in range(days)]
    marks = [PartitionRow(table_name="papers", day=day, rows=papers) for day in dates]
    open_warehouse(settings).append(PARTITIONS, marks)
    fingerprints = read_fingerprints(open_warehouse(settings))
    sentences, chance = make_sentences(), random.Random(16)
    with SearchIndex.open(get_index_path(settings)) as index:
        for place, day in enumerate(sorted(dates)):
            own = [one.paper for one in known[place::days]]
            index.replace_day(
                day, fingerprints[day], [*own, *iterate_made_up(day, papers - len(own), sentences, chance)]
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; the exit code says whether they are within the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=1095)
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--known", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args(arguments)
    known = load_known(require_corpus(), given.known)
    questions = make_questions(known, given.questions)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(environment=Environment(data_dir=Path(folder)))
        begun = time.perf_counter()
        build(settings, known, given.days, given.papers)
        size = get_index_path(settings).stat().st_size / 1e6
        print(f"{given.days} days of {given.papers} papers: {size:.0f} MB, {time.perf_counter() - begun:.0f} s to make")
        found: dict[str, list[bool]] = {}
        seconds = []
        for kind, words, id_ in questions:
            begun = time.perf_counter()
            result = search_papers(settings, words, since=date(1991, 8, 1), until=date.max, most=10)
            seconds.append(time.perf_counter() - begun)
            found.setdefault(kind, []).append(id_ in [hit.id for hit in result.hits])
        for kind, hits in found.items():
            print(f"recall@10 of {len(hits)} questions from the {kind}: {sum(hits) / len(hits):.3f}")
        command = run_command(settings, [words for _, words, _ in questions[::20]])
    figures = {"recall": sum(map(sum, found.values())) / len(questions), "query s": max(seconds), **command}
    ok = True
    for name, value in figures.items():
        within = value >= LIMITS[name] if name == "recall" else value <= LIMITS[name]
        ok = ok and within
        print(f"{name:<12} {value:8.3f}  limit {LIMITS[name]:g}{'' if within else '  OVER'}")
    return 0 if ok else 1


# `ru_maxrss` of a child counts the parent's memory too, as it was before the child's program began; this does not.
_COMMAND = """
import re, sys
from digest_assets.cli.app import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1], file=sys.stderr)
"""


def run_command(settings: Settings, questions: Sequence[str]) -> dict[str, float]:
    """The median time and the largest memory of `digest search`."""
    config = settings.data_dir / "digest.yaml"
    config.write_text("{}")
    variables = {**os.environ, "DIGEST_DATA_DIR": str(settings.data_dir), "DIGEST_CONFIG": str(config)}
    seconds, kilobytes = [], []
    for words in questions:
        begun = time.perf_counter()
        command = [sys.executable, "-c", _COMMAND, "search", *words.split(), "--json"]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - begun)
        kilobytes.append(int(done.stderr.split()[-1]))
    return {"command s": sorted(seconds)[len(seconds) // 2], "command MB": max(kilobytes) * 1024 / 1e6}


if __name__ == "__main__":
    sys.exit(main())
