"""A day's overview without a model."""

import re

from hypothesis import given
from hypothesis import strategies as st

from digest_assets.summaries.extractive.comparisons import Comparison
from digest_assets.summaries.extractive.overview import FieldDay, OverviewEntry, extract_overview
from digest_assets.summaries.extractive.themes import EarlierPapers, FieldPaper


def _entry(
    number: int, title: str, abstract: str = "", comparison: Comparison | None = None, contribution: str | None = None
) -> OverviewEntry:
    paper = FieldPaper(f"2512.{number:05d}", title, abstract)
    return OverviewEntry(f"[{title}](#2512.{number:05d}v1)", paper, contribution, comparison, f"reason {number}")


DAY = [
    _entry(
        1,
        "Gaussian Splatting for Streets",
        "We render Gaussian splatting.",
        Comparison("It gains 12.5% over others.", 0.0),
        "We splat streets.",
    ),
    _entry(2, "Faster Gaussian Splatting", "", Comparison("Fast has 60 against Slow's 40: fps", 0.33)),
    _entry(3, "A Theory of Colour", contribution="We explain colour."),
]
OTHERS = FieldDay(tuple(FieldPaper(f"2512.{number:05d}", "Kettles", "They boil.") for number in range(10, 20)))
USUAL = FieldDay(OTHERS.others, EarlierPapers((("Gaussian splatting", ""), *[("Kettles", "They boil.")] * 199), 20))


def test_a_term_that_papers_share_is_a_theme_and_links_them() -> None:
    links = "[Gaussian Splatting for Streets](#2512.00001v1), [Faster Gaussian Splatting](#2512.00002v1)"
    assert f"**Themes**\n\n- **Gaussian splatting** (2 of 13 today): {links}\n" in extract_overview(DAY, OTHERS, "en")


def test_a_theme_says_how_often_it_is_met_on_a_usual_day() -> None:
    page = extract_overview(DAY, USUAL, "en")
    assert "- **Gaussian splatting** (2 of 13 today, usually 0.1): " in page
    assert "200 papers of the 20 mailings" in page.partition("\n")[0]


def test_numbers_beside_the_next_best_come_before_sentences_that_say_so() -> None:
    assert (
        "- Fast has 60 against Slow's 40: fps ([Faster Gaussian Splatting](#2512.00002v1))\n"
        "- It gains 12.5% over others. ([Gaussian Splatting for Streets](#2512.00001v1))\n"
    ) in extract_overview(DAY, OTHERS, "en")


def test_a_highlight_is_not_told_twice() -> None:
    told = Comparison("It gains 12.5% over others.", 0.0)
    twice = [_entry(number, title, "", told) for number, title in enumerate(("Maps", "Maps Again"))]
    assert extract_overview(twice, FieldDay(), "en").count("It gains 12.5%") == 1


def test_the_reading_list_follows_the_reports_order_and_says_why() -> None:
    assert extract_overview(DAY, OTHERS, "en").endswith(
        "**To read in full**\n\n"
        "- [Gaussian Splatting for Streets](#2512.00001v1): We splat streets. Why: reason 1.\n"
        "- [Faster Gaussian Splatting](#2512.00002v1): Why: reason 2.\n"
        "- [A Theory of Colour](#2512.00003v1): We explain colour. Why: reason 3."
    )


def test_it_says_that_it_is_extractive_in_both_languages() -> None:
    assert "extractive" in extract_overview(DAY, OTHERS, "en").partition("\n")[0]
    assert "extractive" in extract_overview(DAY, OTHERS, "zh").partition("\n")[0]
    assert "**与次优结果对比**" in extract_overview(DAY, OTHERS, "zh")


def test_a_day_without_papers_has_no_overview() -> None:
    assert extract_overview([], FieldDay(), "en") == ""


@given(
    st.lists(
        st.sampled_from(["Gaussian Splatting", "Maps of Maps", "LLM", "a", "Diffusion Models and LLMs"]), max_size=9
    )
)
def test_every_line_links_a_paper_of_the_day(titles: list[str]) -> None:
    entries = [
        _entry(number, title, "", Comparison(f"It gains {number}.5% over X.", 0.0))
        for number, title in enumerate(titles)
    ]
    links = {f"#2512.{number:05d}v1" for number in range(len(titles))}
    for line in extract_overview(entries, OTHERS, "en").split("\n"):
        if line.startswith("- "):
            found = set(re.findall(r"\((#[^)]+)\)", line))
            assert found
            assert found <= links


def test_it_says_that_papers_share_no_terms_instead_of_announcing_some() -> None:
    opening = extract_overview(DAY[1:], OTHERS, "en").partition("\n")[0]
    assert "share no terms" in opening
    assert "terms that they share" not in opening
