"""The inverted index of the search in the browser."""

import json
import random
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.config.settings import Settings
from digest_assets.reports import urls
from digest_assets.site import search_words
from digest_assets.site.build import build_site
from digest_assets.site.files import SiteFolder
from digest_assets.testing.site_days import generate_day, remove_day, store_days

FRIDAY = date(2025, 12, 5)


def make_row(title: str, **values: Any) -> dict[str, Any]:
    return {"id": "2512.00001", "title": title, "authors": ["Ada Bright"], "categories": ["cs.CV"]} | values


def read_lines(folder: SiteFolder, segment: str, shards: int) -> dict[str, dict[str, Any]]:
    """All files of a segment: what stands for each key."""
    found: dict[str, dict[str, Any]] = {}
    for shard in range(shards):
        for line in (folder.read(urls.search_words(segment, shard)) or "").splitlines():
            key, words = json.loads(f"[{line[line.index('(') + 1 : line.rindex(')')]}]")
            own = {word: value for word, value in words.items() if search_words.choose_shard(word, shards) == shard}
            found.setdefault(key, {}).update(own)
    return found


def test_a_word_tells_its_papers_and_fields() -> None:
    rows = [
        make_row("Lamps", gist="Bright lamps."),
        make_row("Streets"),
        make_row("Maps", abstract="Of lamps at night."),
    ]
    postings = search_words.index_papers(rows)
    assert postings["lamps"] == "E1D"  # in title and text of the first, in the text of the one after the next
    assert postings["bright"] == "FBB"
    assert postings["category:cs.CV"] == "DDD"
    assert "at" not in postings


def test_a_category_that_a_paper_names_twice_counts_once() -> None:
    assert search_words.index_papers([make_row("Lamps", categories=["cs.CV", "cs.CV"])])["category:cs.CV"] == "D"


def test_what_papers_call_themselves_is_searched_too() -> None:
    postings = search_words.index_papers([make_row("A World Model", abstract="Methods and models that show results.")])
    assert {"model", "models", "methods", "results"} <= postings.keys()


def test_votes_are_kept_by_number() -> None:
    rows = [make_row("Lamps"), make_row("Maps", upvotes=7)]
    assert search_words.index_papers(rows)["votes:"] == {"1": 7}


def test_a_paper_about_votes_is_found_by_the_word_and_keeps_its_own() -> None:
    postings = search_words.index_papers([make_row("How Juries Reach Votes", upvotes=7)])
    assert isinstance(postings["votes"], str)
    assert postings["votes:"] == {"0": 7}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Gödel's Café", ["godel", "s", "cafe"]),
        ("3D-GS_v2", ["3d", "gs", "v2"]),
        ("夜间地图 maps", ["夜", "间", "地", "图", "maps"]),
        ("x" * 80, ["x" * 64]),
    ],
)
def test_words_are_small_letters_and_digits(text: str, words: list[str]) -> None:
    assert search_words.split_words(text) == words


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 7)), unique_by=lambda item: item[0]))
def test_postings_are_read_as_they_were_written(numbers: list[tuple[int, int]]) -> None:
    ordered = sorted(numbers)
    assert list(search_words._decode(search_words._encode(ordered))) == ordered


def test_a_days_line_is_replaced_and_removed(tmp_path: Path) -> None:
    folder = SiteFolder(tmp_path)
    for day, word in ((FRIDAY, "Lamps"), (FRIDAY - timedelta(days=1), "Streets"), (FRIDAY, "Maps")):
        search_words.write_day(folder, day, search_words.index_papers([make_row(word)]))
    lines = read_lines(folder, "2025-12", search_words.MONTH_SHARDS)
    assert {key: sorted(word for word in words if word.isalpha()) for key, words in lines.items()} == {
        "2025-12-04": ["ada", "bright", "streets"],
        "2025-12-05": ["ada", "bright", "maps"],
    }
    for day in (FRIDAY, FRIDAY - timedelta(days=1)):
        search_words.write_day(folder, day, {})
    assert folder.list_files("data/words/2025-12") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("pose", {"pose", "poses"}),  # "poseidons" is five letters longer
        ("scene", {"scene", "scenes"}),
        ("transformer", {"transformer", "transformers"}),
    ],
)
def test_the_file_of_a_word_has_those_that_begin_as_it_does(tmp_path: Path, asked: str, found: set[str]) -> None:
    words = "Pose poses Poseidons scene scenes transformer transformers"
    folder = SiteFolder(tmp_path)
    search_words.write_day(folder, FRIDAY, search_words.index_papers([make_row(words)]))
    shard = search_words.choose_shard(asked, search_words.MONTH_SHARDS)
    text = folder.read(urls.search_words("2025-12", shard)) or ""
    beginning = {word for word in words.lower().split() if f'"{word}":' in text and word.startswith(asked)}
    assert beginning == found


def test_a_word_beside_a_shorter_one_counts_once_in_its_year(tmp_path: Path) -> None:
    folder = SiteFolder(tmp_path)
    rows = [make_row("Pose"), *(make_row("Poses of others") for _ in range(2)), *(make_row("Maps") for _ in range(20))]
    search_words.write_day(folder, FRIDAY, search_words.index_papers(rows))
    search_words.close_month(folder, "2025-12", {str(FRIDAY): len(rows)})
    assert read_lines(folder, "2025", search_words.YEAR_SHARDS)["2025-12"]["poses"] == "1AA"


def expand(words: Mapping[str, Any], first: int) -> set[tuple[str, int, int]]:
    return {
        (word, first + number, bits)
        for word, value in words.items()
        if isinstance(value, str) and value != "*"
        for number, bits in search_words._decode(value)
    }


def test_months_that_are_over_say_in_the_years_files_what_their_days_say(settings: Settings) -> None:
    days = [date(2025, 10, 30), date(2025, 10, 31), date(2025, 11, 3)]
    store_days(settings, *(generate_day(day, 12) for day in days))
    folder = SiteFolder(build_site(settings).folder)
    of_days = read_lines(folder, "2025-10", search_words.MONTH_SHARDS)
    of_year = read_lines(folder, "2025", search_words.YEAR_SHARDS)
    assert set(of_year) == {"2025-10"}
    said = expand(of_days["2025-10-30"], 0) | expand(of_days["2025-10-31"], 12)
    common = {word for word, value in of_year["2025-10"].items() if value == "*"}
    assert expand(of_year["2025-10"], 0) == {one for one in said if one[0] not in common}
    assert all(sum(word == one[0] for one in said) > 0.2 * 24 for word in common)
    assert search_words.read_closed(folder) == {"2025-10"}


@pytest.mark.long
def test_the_files_are_the_same_whatever_way_the_days_came(tmp_path: Path, settings: Settings) -> None:
    days = [date(2025, 10, 31), date(2025, 11, 3), date(2025, 11, 4), date(2025, 12, 1)]
    store_days(settings, *(generate_day(day, 8) for day in days))
    folder = build_site(settings).folder
    at_once = {path.relative_to(folder): path.read_bytes() for path in sorted((folder / "data").rglob("*.js"))}
    mixed = random.Random(7).sample(days, len(days))
    for day in days:
        remove_day(settings, day)
    build_site(settings)
    assert not list((folder / "data" / "words").rglob("*.js"))
    for day in [*mixed, date(2025, 12, 8)]:
        store_days(settings, generate_day(day, 8))
        build_site(settings)
    remove_day(settings, date(2025, 12, 8))
    build_site(settings)
    assert {path.relative_to(folder): path.read_bytes() for path in sorted((folder / "data").rglob("*.js"))} == at_once
