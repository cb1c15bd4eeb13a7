"""Formulas in plain characters: read as a person would write them in a line; what is unknown stays TeX."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.reports.formulas import split_formulas, write_formulas_plainly


@pytest.mark.parametrize(
    ("tex", "plain"),
    [
        (r"10^{-3}", "10⁻³"),
        (r"\mathcal{O}(n\log n)", "𝒪(n log n)"),
        (r"\frac{a}{b+c}", "a/(b+c)"),
        (r"\pm 0.3\%", "±0.3%"),
        (r"x_{t+1}", "xₜ₊₁"),
        (r"\mathbb{R}^{d\times d}", "ℝ^(d×d)"),
        (r"\tilde{O}(\epsilon^{-2})", "Õ(ϵ⁻²)"),
        (r"\hat{x}_i^2", "x̂ᵢ²"),
        (r"\sqrt{n}", "√n"),
        (r"90^{\circ}", "90°"),
        (r"n \leq 5", "n ≤ 5"),
        (r"\mathrm{CO}_2", "CO₂"),
    ],
)
def test_a_formula_is_written_as_in_a_line_of_text(tex: str, plain: str) -> None:
    assert write_formulas_plainly(f"with ${tex}$ here") == f"with {plain} here"


@pytest.mark.parametrize("source", [r"$\unknown{x}$", "$" + "{" * 900 + "$", "$" + "^{" * 450 + "$"])
def test_a_formula_that_cannot_be_read_stays_as_it_is(source: str) -> None:
    assert write_formulas_plainly(source) == source


def test_sums_of_money_are_no_formula() -> None:
    assert write_formulas_plainly("from $5 to $10 a day") == "from $5 to $10 a day"


@given(st.text(alphabet=r"$\{}^_()[]ab1 .", max_size=200))
def test_the_pieces_of_a_text_are_the_whole_text(text: str) -> None:
    assert "".join(piece for piece, _ in split_formulas(text)) == text
