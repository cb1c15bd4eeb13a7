"""What of the prior a reader is told: phrases of the title, an author, facts; nothing that says nothing."""

import pytest

from digest_assets.relevance.reasons import choose_reasons


@pytest.mark.parametrize(
    ("title", "terms", "phrases"),
    [
        ("OmniWorld: Video Diffusion Models with Memory", {"video": 0.5, "diffusion": 0.3}, ("“Video Diffusion Models”",)),
        ("How Far Are We from Useful Deep Research Agents?", {"we": 2.0, "how": 2.0, "agents": 1.0}, ("“Deep Research Agents”",)),
        ("A Vision-Language-Action Model", {"vision language": 1.0}, ("“Vision-Language-Action Model”",)),
        ("MOVE: On Walking Robots", {"move": 9.0, "robots": 1.0}, ("“Walking Robots”",)),  # its own name says nothing yet
        ("Thinking with GRPO", {"thinking": 1.0, "grpo": 0.4}, ("“GRPO”",)),
        ("Agents because of Weights", {"because": 3.0, "of": 1.0, "weights": 0.0}, ()),
        ("Graphs", {"because": 3.0, "weights": 2.0}, ()),  # words of the abstract alone
        ("Old Wooden Bridges", {"bridges": -1.0}, ()),
        ("$$ ??? :", {}, ()),
        ("百 3D Scenes", {"scenes": 1.0}, ("“3D Scenes”",)),
    ],
)  # fmt: skip
def test_of_words_the_titles_phrases_with_a_noun_are_named(
    title: str, terms: dict[str, float], phrases: tuple[str, ...]
) -> None:
    assert choose_reasons(title, terms, {}, {}) == phrases


def test_facts_that_a_reader_can_look_at_are_named_once_a_kind_and_one_author() -> None:
    facts = {
        "a code repository": 0.4,
        "releases something": 0.5,
        "a project page": 0.3,
        "in cs.CV": 2.0,
        "submitted late": 2.0,
        "a long title": 2.0,
    }
    authors = {"Ada Lovelace": 0.6, "Alan Turing": 0.7}
    assert choose_reasons("On Graphs", {}, facts, authors) == (
        "by Alan Turing",
        "code or data released",
        "a project page",
    )


def test_what_hardly_counts_is_no_reason() -> None:
    assert choose_reasons("Sparse Graphs", {"graphs": 0.05}, {"a project page": 0.01}, {"Ada Lovelace": 0.0}) == ()
