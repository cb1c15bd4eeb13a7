"""What each sentence of an abstract does."""

from math import isclose

from digest_assets.summaries.extractive.field_scores import AbstractScores
from digest_assets.summaries.extractive.rhetorical_moves import estimate_moves
from digest_assets.summaries.extractive.sentence_features import Sentence, extract_sentences
from digest_assets.testing.row_factories import make_paper, make_text
from digest_assets.texts.tables import Section

MOVES = {
    "Graph drawing has become a key tool for the study of large networks.": "background",
    "However, existing layouts often fail on networks with hubs.": "gap",
    "We propose HubFold, a layout that folds each hub before it places the rest.": "aim",
    "It first finds hubs by their degree and then draws them as discs of equal size.": "method",
    "Experiments on 12 networks show that HubFold reduces edge crossings by 41.5% over the best baseline.": "result",
    "These results suggest that folding paves the way for readable drawings of social networks.": "conclusion",
}


def _read(abstract: str) -> tuple[Sentence, ...]:
    section = Section(role="abstract", level=0, heading="", text=abstract)
    paper = make_paper("2512.00001", abstract=abstract, title="HubFold: Drawing Networks with Hubs")
    return extract_sentences(paper, make_text(paper.id, sections=(section,)))


def test_the_moves_of_a_plain_abstract_are_told() -> None:
    estimated = estimate_moves(_read(" ".join(MOVES)))
    assert [max(chances, key=lambda move: chances[move]) for chances in estimated] == list(MOVES.values())


def test_the_chances_of_a_sentence_add_up() -> None:
    for count in range(1, len(MOVES) + 1):
        estimated = estimate_moves(_read(" ".join([*MOVES][:count])))
        assert all(isclose(sum(chances.values()), 1.0) for chances in estimated)
    assert estimate_moves(()) == []


def test_a_sentence_is_read_by_its_neighbours_too() -> None:
    told = "HubFold keeps each disc apart from the next one."
    lines = [*MOVES]
    [_, _, _, behind_aim] = estimate_moves(_read(" ".join([*lines[:3], told])))
    [*_, behind_result] = estimate_moves(_read(" ".join([*lines[:5], told])))
    assert behind_aim["method"] > behind_result["method"]


def test_a_field_without_a_sentence_of_its_own_stays_empty() -> None:
    lines = [*MOVES]
    assigned = AbstractScores(_read(" ".join(lines[2:4]))).assign(("motivation", "method", "result", "conclusion"))
    assert set(assigned) == {"method"}
