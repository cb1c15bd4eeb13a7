"""Authors that are names, one DOI, arXiv's categories; and withdrawals."""

import pytest

from digest_assets.papers.metadata import clean_authors, find_doi, split_categories
from digest_assets.papers.withdrawals import find_withdrawal


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["Team Lantern", ":", "Ada Example"], ["Team Lantern", "Ada Example"]),
        (["ATLAS Collaboration", "B. Sample"], ["ATLAS Collaboration", "B. Sample"]),
        (["Max D. ~Example", "Ada~Sample", ". P. Sample"], ["Max D. Example", "Ada Sample", "P. Sample"]),
        (["Ada Example%", "Ben Sample\\\\", "C. Test,", "D. Four§"], ["Ada Example", "Ben Sample", "C. Test", "D. Four"]),
        (["Team Lantern", "and", "Ada Example", "et al."], ["Team Lantern", "Ada Example"]),
        (["Ada Example", "and Ben Sample", "Anders Andersson"], ["Ada Example", "Ben Sample", "Anders Andersson"]),
        (["李 明", "J. Doe Jr.", 'Li "Ann" Wu'], ["李 明", "J. Doe Jr.", 'Li "Ann" Wu']),
    ],
)  # fmt: skip
def test_authors_are_names(given: list[str], names: list[str]) -> None:
    assert clean_authors(given) == tuple(names)


def test_classes_of_other_systems_are_no_categories() -> None:
    categories, classes = split_categories(["cs.CV", "hep-th", "cond-mat.mtrl-sci", "I.2.10; I.4.8", "68T07, 68T50"])
    assert categories == ("cs.CV", "hep-th", "cond-mat.mtrl-sci")
    assert classes == ("I.2.10", "I.4.8", "68T07", "68T50")


@pytest.mark.parametrize(
    ("given", "doi"),
    [
        ("10.1103/PhysRevD.101.012001 10.1103/PhysRevD.102.012002", "10.1103/PhysRevD.101.012001"),
        ("https://doi.org/10.1000/182.", "10.1000/182"),
        ("10.1/x", None),
        ("in print", None),
        (None, None),
    ],
)
def test_a_paper_has_one_doi_or_none(given: str | None, doi: str | None) -> None:
    assert find_doi(given) == doi


@pytest.mark.parametrize(
    "comment",
    [
        "This paper has been withdrawn by the author due to a crucial sign error in equation 1",
        "12 pages. This preprint is withdrawn because of errors.",
        "Withdrawn",
        "Paper withdrawn.",
        "The authors wish to withdraw this paper.",
        "This submission has been withdrawn by arXiv administrators due to overlap",
        "This article has been removed by arXiv administrators",
        "This manuscript has been retracted by the authors",
        "Retracted due to an error in the data",
        "Withdrawal of this paper is due to a mistake in equation 4",
    ],
)
def test_a_comment_can_say_that_a_paper_is_withdrawn(comment: str) -> None:
    assert find_withdrawal(comment, "We draw lamps.") == comment


def test_an_abstract_that_is_the_notice_says_so_too() -> None:
    notice = "This paper has been withdrawn by the authors, since equation 3 is wrong."
    assert find_withdrawal(None, notice) == notice
    assert find_withdrawal("Equation 3 is wrong", notice) == "Equation 3 is wrong"


@pytest.mark.parametrize(
    "comment",
    [
        "This paper was withdrawn from the IJCAI 2025 proceedings due to costs",
        "The corrected version of arXiv:2105.14712, which was recently withdrawn",
        "Withdrawn from a conference",
        "Retracted papers are still cited",
        "This paper was removed from the track by its chairs",
        "Funds withdrawn by banks are studied",
        None,
    ],
)
def test_other_withdrawals_are_none(comment: str | None) -> None:
    assert find_withdrawal(comment, "We study banks from which savings have been withdrawn.") is None
