"""Whether questions are answered from the archive, by the right paper, and refused where the archive does not say it.

    python -m benchmarks.questions [--papers 2000] [--sentences 300] [--sweep]

Asked without a model. First 40 questions that people would ask about the sample papers, and 40 that none of them answers: 20
of other subjects, 20 of the same fields, these without a corpus alone (`questions.tsv`). With a corpus (DIGEST_TEST_CORPUS)
the sample papers stand among abstracts of real days, and experts' one-sentence summaries of papers (SciTLDR) are looked up:
of half of the papers the archive has the abstract, of the others it does not. `--sweep` shows the figures for other
thresholds than the one that is used.
"""

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from digest_assets.answers.ask import MIN_COVERAGE, quote_answer
from digest_assets.answers.passages import Question, RankedPassage, find_passages
from digest_assets.common.errors import ReadingError
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.papers.tables import PAPERS, PaperRow
from digest_assets.testing.corpus import find_corpus, list_corpus_days, load_listing_rows
from digest_assets.testing.loopback.server import ServedPaper
from digest_assets.testing.row_factories import make_paper, make_text
from digest_assets.testing.sample import load_papers
from digest_assets.texts.document import Document
from digest_assets.texts.html import read_html
from digest_assets.texts.pdf import read_pdf
from digest_assets.texts.tables import PAPER_TEXTS, Section, TextRow, add_structure, ensure_abstract
from digest_assets.warehouse import open_warehouse

# What a person bears: nine in ten answered, by the right paper, and nothing said on what the archive does not know.
LIMITS = {"answered": 0.9, "right words": 0.7, "refused, other subjects": 0.95}
DAY = date(2025, 12, 5)
SWEEP = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)


@dataclass(frozen=True)
class Asked:
    """A question, what should answer it (empty: nothing), and what was found."""

    kind: str
    paper: str
    words: str
    text: str
    found: Sequence[RankedPassage]

    def is_answered(self, threshold: float) -> bool:
        return any(one.coverage >= threshold for one in self.found)

    def is_right(self, threshold: float) -> bool:
        near = [one for one in self.found if one.coverage >= threshold]
        return bool(near) and near[0].passage.source.id == self.paper

    def has_words(self, threshold: float) -> bool:
        near = [one for one in self.found if one.coverage >= threshold]
        return bool(near) and self.words in " ".join(
            sentence.text for sentence in quote_answer(self.text, near).sentences
        )


def load_questions() -> Iterator[tuple[str, str, str, str]]:
    """Kind, paper, words and text of the questions about the sample papers."""
    for line in (Path(__file__).parent / "questions.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            kind, paper, words, text = line.split("\t")
            yield kind, paper, words, text


def read_sample(folder: Path) -> Iterator[tuple[PaperRow, TextRow | None]]:
    """The sample papers, with what is read of them."""
    for paper in load_papers():
        row = make_paper(
            paper.id, DAY, title=paper.title, abstract=paper.abstract, authors=paper.authors, version=paper.version
        )
        document = read_document(paper, folder)
        if document is None:
            yield row, None
            continue
        sections = ensure_abstract(tuple(map(Section.from_parsed, document.sections)), paper.abstract)
        text = make_text(
            paper.id, DAY, source="html" if paper.html else "pdf", sections=sections, version=paper.version
        )
        yield row, add_structure(text, document)


def read_document(paper: ServedPaper, folder: Path) -> Document | None:
    """What is read of a sample paper's file; nothing where it has none, or one that is damaged on purpose."""
    if paper.html is not None:
        return read_html(paper.html)
    file = folder / f"{paper.id}.pdf"
    file.write_bytes(paper.pdf or b"")
    try:
        return read_pdf(file, max_pages=50)
    except ReadingError:
        return None


def load_abstracts(corpus: Path, count: int) -> Iterator[PaperRow]:
    """So many papers of the corpus' days."""
    rows = {row["id"]: row for day in list_corpus_days(corpus) for row in load_listing_rows(corpus, day)}
    for id_ in random.Random(18).sample(sorted(rows), count):
        yield make_paper(id_, DAY, title=rows[id_]["title"], abstract=rows[id_]["abstract"])


def load_expert_sentences(corpus: Path, count: int) -> list[tuple[PaperRow, str]]:
    """Papers by their abstracts, each with an expert's one sentence on it."""
    with gzip.open(corpus / "references" / "scitldr_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:count]
    return [
        (make_paper(f"2001.{number:05}", DAY, title=row["title"], abstract=" ".join(row["source"])), row["target"][0])
        for number, row in enumerate(rows, 1)
    ]


def store(settings: Settings, papers: Sequence[PaperRow], texts: Sequence[TextRow]) -> None:
    warehouse = open_warehouse(settings)
    unique = {paper.id: paper for paper in papers}
    warehouse.replace_days(PAPERS, [DAY], PAPERS.to_frame(unique.values()))
    warehouse.replace_days(PAPER_TEXTS, [DAY], PAPER_TEXTS.to_frame(texts))


def ask(settings: Settings, kind: str, paper: str, words: str, text: str) -> Asked:
    return Asked(
        kind, paper, words, text, find_passages(settings, open_warehouse(settings), Question.parse(text), most=12)
    )


def measure(asked: Sequence[Asked], threshold: float) -> dict[str, float]:
    """The figures with a threshold of coverage."""
    by_kind: dict[str, list[Asked]] = {}
    for one in asked:
        by_kind.setdefault(one.kind, []).append(one)

    def share(kind: str, test: str) -> float | None:
        some = by_kind.get(kind)
        return sum(getattr(one, test)(threshold) for one in some) / len(some) if some else None

    refusals = {
        f"refused, {name}": share(kind, "is_answered")
        for kind, name in (("other", "other subjects"), ("near", "near subjects"), ("left out", "experts' sentences"))
    }
    figures = {
        "answered": share("answered", "is_answered"),
        "right paper": share("answered", "is_right"),
        "right words": share("answered", "has_words"),
        "experts' sentences found": share("expert", "is_right"),
        **{name: None if value is None else 1 - value for name, value in refusals.items()},
    }
    return {name: value for name, value in figures.items() if value is not None}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; the exit code says whether they are within the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=2000, help="abstracts of real days around the sample papers")
    parser.add_argument(
        "--sentences", type=int, default=300, help="experts' sentences, half of them of papers left out"
    )
    parser.add_argument("--sweep", action="store_true", help="the figures for other thresholds, too")
    parser.add_argument("--failures", action="store_true", help="the questions that went wrong")
    given = parser.parse_args(arguments)
    corpus = find_corpus()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(config=Config(), environment=Environment(data_dir=Path(folder)))
        sample = list(read_sample(Path(folder)))
        papers = [paper for paper, _ in sample]
        experts = load_expert_sentences(corpus, given.sentences) if corpus else []
        papers += [paper for paper, _ in experts[::2]]
        papers += load_abstracts(corpus, given.papers) if corpus else []
        store(settings, papers, [text for _, text in sample if text])
        # Among papers of real days, some answer a question of the same fields.
        asked = [ask(settings, *question) for question in load_questions() if not corpus or question[0] != "near"]
        own = len(asked)
        for number, (paper, sentence) in enumerate(experts):
            asked.append(ask(settings, "left out" if number % 2 else "expert", paper.id, "", sentence[:1000]))
    print(f"{len(papers)} papers, {len(asked)} questions; a passage must have {MIN_COVERAGE:.0%} of a question")
    if given.failures:
        for one in asked[:own]:
            good = one.has_words(MIN_COVERAGE) if one.paper else not one.is_answered(MIN_COVERAGE)
            best = max((found.coverage for found in one.found), default=0.0)
            print("" if good else f"  {one.kind} {one.paper} ({best:.2f}): {one.text}\n", end="")
    if given.sweep:
        names = list(measure(asked, MIN_COVERAGE))
        print(f"| threshold | {' | '.join(names)} |\n|---|{'---:|' * len(names)}")
        for threshold in SWEEP:
            values = " | ".join(f"{value:.2f}" for value in measure(asked, threshold).values())
            print(f"| {threshold:.2f} | {values} |")
    ok = True
    for name, value in measure(asked, MIN_COVERAGE).items():
        limit = LIMITS.get(name)
        within = limit is None or value >= limit
        ok = ok and within
        print(f"{name:<30} {value:6.3f}{'' if limit is None else f'  limit {limit:g}'}{'' if within else '  OVER'}")
    return 0 if ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
