"""A day's overview without a model."""

import re

from hypothesis import given
from hypothesis import strategies as st

from digest_assets.summaries.extractive.overview import OverviewEntry, extract_overview


def _entry(number: int, title: str, results: str | None = None, contribution: str | None = None) -> OverviewEntry:
    return OverviewEntry(f"[{title}](#2512.{number:05d}v1)", title, contribution, results)


DAY = [
    _entry(1, "Gaussian Splatting for Streets", "It is good. It gains 12.5% over others.", "We splat streets."),
    _entry(2, "Faster Gaussian Splatting", "It works."),
    _entry(3, "A Theory of Colour", None, "We explain colour."),
]


def test_a_term_that_papers_share_is_a_theme_and_links_them() -> None:
    assert (
        "**Themes**\n\n- gaussian splatting: [Gaussian Splatting for Streets](#2512.00001v1), "
        "[Faster Gaussian Splatting](#2512.00002v1)"
    ) in extract_overview(DAY, "en")


def test_highlights_are_sentences_with_measured_numbers() -> None:
    assert (
        "**Highlights**\n\n- It gains 12.5% over others. ([Gaussian Splatting for Streets](#2512.00001v1))\n\n"
        in extract_overview(DAY, "en")
    )


def test_a_highlight_is_not_told_twice() -> None:
    twice = [_entry(n, title, "It gains 12.5% over others.") for n, title in enumerate(("Maps", "Maps Again"))]
    assert extract_overview(twice, "en").count("It gains 12.5%") == 1


def test_the_reading_list_follows_the_reports_order() -> None:
    assert extract_overview(DAY, "en").endswith(
        "**To read in full**\n\n- [Gaussian Splatting for Streets](#2512.00001v1): We splat streets.\n"
        "- [Faster Gaussian Splatting](#2512.00002v1)\n- [A Theory of Colour](#2512.00003v1): We explain colour."
    )


def test_it_says_that_it_is_extractive_in_both_languages() -> None:
    assert "extractive" in extract_overview(DAY, "en").partition("\n")[0]
    assert "extractive" in extract_overview(DAY, "zh").partition("\n")[0]
    assert "**亮点**" in extract_overview(DAY, "zh")


def test_a_day_without_papers_has_no_overview() -> None:
    assert extract_overview([], "en") == ""


@given(
    st.lists(
        st.sampled_from(["Gaussian Splatting", "Maps of Maps", "LLM", "a", "Diffusion Models and LLMs"]), max_size=9
    )
)
def test_every_line_links_a_paper_of_the_day(titles: list[str]) -> None:
    entries = [_entry(number, title, f"It gains {number}.5%.") for number, title in enumerate(titles)]
    links = {f"#2512.{number:05d}v1" for number in range(len(titles))}
    for line in extract_overview(entries, "en").split("\n"):
        if line.startswith("- "):
            found = set(re.findall(r"\((#[^)]+)\)", line))
            assert found
            assert found <= links
