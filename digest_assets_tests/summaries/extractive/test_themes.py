"""Terms that a day's papers share: whole ones, of two words and more, and those that the weeks before had less often."""

from collections.abc import Sequence

import pytest

from digest_assets.summaries.extractive.phrases import find_abbreviations, iterate_phrases
from digest_assets.summaries.extractive.themes import EarlierPapers, FieldPaper, Theme, find_themes

# What any day has: the same nouns in changing company, and the words with which every abstract praises itself.
NOUNS = ("lanterns", "rivers", "bridges", "kettles", "harbours", "gardens", "windmills", "orchards")
FILLER = "Extensive experiments on several benchmarks show strong performance."


def make_paper(number: int, title: str, abstract: str = "") -> FieldPaper:
    return FieldPaper(f"2512.{number:05d}", title, f"{abstract} {FILLER}")


def make_usual(count: int, title: str = "Mapping {noun} at night") -> list[FieldPaper]:
    nouns = (f"{NOUNS[number % 8]} {NOUNS[number % 7]}" for number in range(count))
    return [make_paper(100 + number, title.format(noun=noun)) for number, noun in enumerate(nouns)]


def make_earlier(papers: Sequence[FieldPaper], days: int = 10) -> EarlierPapers:
    return EarlierPapers(tuple((paper.title, paper.abstract) for paper in papers), days)


FLOOD = [
    make_paper(1, "Flood forecasts from satellite radar", "We train flood forecasts. Our flood forecasts are early."),
    make_paper(2, "Calibrated flood forecasts", "A flood forecast is calibrated by gauges."),
    make_paper(3, "Street maps without street lights", "Street maps are drawn from street maps of the day."),
]


def names(themes: Sequence[Theme]) -> list[str]:
    return [theme.name for theme in themes]


def test_a_term_that_papers_share_is_a_theme_with_its_papers() -> None:
    themes, _ = find_themes(FLOOD, make_usual(20), EarlierPapers(), 4)
    flood = next(theme for theme in themes if theme.name == "flood forecasts")
    assert (flood.papers, flood.day_papers) == ((0, 1), 2)


def test_single_words_and_what_every_abstract_says_are_no_themes() -> None:
    themes, rising = find_themes(FLOOD, make_usual(20), make_earlier(make_usual(200)), 4)
    found = names([*themes, *rising])
    assert all(len(name.replace("-", " ").split()) >= 2 for name in found)
    assert not {"extensive experiments", "strong performance"} & set(found)


def test_a_part_of_a_longer_term_is_no_theme() -> None:
    papers = [
        make_paper(
            1, "3D Gaussian splatting of rivers", "We speed up 3D Gaussian splatting. 3D Gaussian splatting is slow."
        ),
        make_paper(2, "Compact 3D Gaussian splatting", "Storage of 3D Gaussian splatting is small."),
        make_paper(3, "A study of kettles", "Kettles boil."),
    ]
    themes, _ = find_themes(papers, make_usual(20), EarlierPapers(), 4)
    assert names(themes) == ["3D Gaussian splatting"]


def test_spellings_of_one_term_are_one_theme() -> None:
    papers = [
        make_paper(
            1, "A vision-language-action model that folds", "Vision-language-action (VLA) models act. VLA models fold."
        ),
        make_paper(2, "VLA models on rails", "Vision-language-action (VLA) models drive. A VLA model brakes."),
        make_paper(3, "Kettles", "Kettles boil."),
    ]
    themes, _ = find_themes(papers, make_usual(20), EarlierPapers(), 4)
    assert [theme.name.lower() for theme in themes] == ["vision-language-action model"]
    assert themes[0].papers == (0, 1)


def test_an_abbreviation_that_stands_for_two_things_is_left_as_it_is() -> None:
    texts = [
        "augmented reality (AR) here",
        "augmented reality (AR) there",
        "angular resolution (AR)",
        "acute risk (AR)",
    ]
    assert find_abbreviations(texts) == {}
    assert "AR" in find_abbreviations(texts[:2])


def test_what_the_weeks_before_had_as_often_is_not_on_the_rise() -> None:
    usual = [make_paper(number, "Flood forecasts of rivers", "Flood forecasts.") for number in range(50, 60)]
    today = [*FLOOD, *[make_paper(number, "Flood forecasts by gauges") for number in range(10, 18)]]
    before = make_usual(190)
    _, rising = find_themes(today[:3], today[3:], make_earlier([*before, *usual * 20]), 0)
    assert rising == []
    _, rising = find_themes(FLOOD, today[3:], make_earlier(before), 4)
    assert rising == []  # it is a theme already
    assert find_themes(FLOOD, today[3:], make_earlier(before), 4)[0][0].name == "flood forecasts"


def test_a_theme_that_is_none_of_the_day_may_be_on_the_rise() -> None:
    others = [make_paper(number, "Tidal turbines at sea", "Of tidal turbines.") for number in range(10, 22)]
    papers = [*FLOOD, make_paper(4, "Tidal turbines in rivers", "We mend tidal turbines. Of tidal turbines.")]
    themes, rising = find_themes(papers, others, make_earlier(make_usual(300)), 1)
    assert names([*themes, *rising]) == ["flood forecasts", "tidal turbines"]
    assert (rising[0].day_papers, rising[0].earlier_papers, rising[0].papers) == (13, 0, (3,))


def test_too_few_earlier_papers_tell_nothing_of_what_is_usual() -> None:
    others = [make_paper(number, "Tidal turbines at sea") for number in range(10, 22)]
    assert find_themes(FLOOD, others, make_earlier(make_usual(300), days=2), 4)[1] == []


@pytest.mark.parametrize("text", ["", "$x$ \\alpha", "a of the", "(" * 50, "a-b-c-d " * 2_000])
def test_any_text_has_phrases_or_none(text: str) -> None:
    assert all(occurrence.key for occurrence in iterate_phrases(text, {}))
