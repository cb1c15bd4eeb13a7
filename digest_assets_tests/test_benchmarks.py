"""Every benchmark runs, once and at its smallest size: what it measures is not judged here."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import benchmarks

# Arguments for the smallest size of each. Whoever adds a benchmark adds its line.
SMALL = {
    "listing": ["--delay", "0.05", "--papers", "20"],
    "questions": ["--papers", "20", "--sentences", "4"],
    "relevance_speed": ["--papers", "20", "--readers", "2", "--library", "5", "--archive", "1600"],
    "scale": [],
    "site": ["--sizes", "1", "--papers", "3", "--repeats", "1"],
    "summaries_speed": ["--papers", "2", "--latency", "0.05", "--characters", "1000"],
    "whole_day": ["--papers", "6", "--latency", "0.05", "--reports", "category_digest"],
}
SMALL_OPERATIONS = {
    "history": ["history", "--days", "3", "--papers", "2", "--repeats", "1"],
    "overhead": ["overhead", "--repeats", "2"],
    "backfill": ["backfill", "--backfill-days", "1", "--papers", "2", "--latency", "0.05"],
}
SMALL_WITH_CORPUS = {
    "claims": ["--limit", "8"],
    "count_words": [],
    "extractive": ["--limit", "3"],
    "numbers": ["--limit", "20"],
    "reading_speed": ["--files", "2", "--processes", "1", "--rounds", "1"],
    "reading_structure": ["--most", "1", "--markdown"],
    "reading_truth": ["--limit", "1"],
    "relevance_readers": ["--limit", "3"],
    "rising_terms": ["--weeks", "3"],
    "search": ["--days", "2", "--papers", "30", "--known", "60", "--questions", "6"],
    "site_scale": ["--days", "1"],
    "site_search": ["--days", "25", "--papers", "4"],
    "similar_papers": ["--days", "1", "--papers", "30"],
    "train_extractive": [],
    "train_moves": [],
    "train_relevance": ["--days", "4"],
}


def test_every_benchmark_is_run_here() -> None:
    names = {module.name for module in iter_modules(benchmarks.__path__)}
    assert names == {*SMALL, "operations", *SMALL_WITH_CORPUS}


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_prints_a_table(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    import_module(f"benchmarks.{name}").main(SMALL[name])
    assert len(capsys.readouterr().out.splitlines()) >= 3


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL_OPERATIONS)
def test_the_cost_of_operating_is_measured(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = tmp_path / "numbers.json"
    import_module("benchmarks.operations").main([*SMALL_OPERATIONS[name], "--json", str(numbers)])
    assert f"| {name} |" in capsys.readouterr().out
    assert f'"{name}"' in numbers.read_text("utf-8")


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL_WITH_CORPUS)
def test_a_benchmark_over_the_corpus_prints_a_table(
    name: str, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_module(f"benchmarks.{name}").main(SMALL_WITH_CORPUS[name])
    assert len(capsys.readouterr().out.splitlines()) >= 3
