"""Raised numbers: which of a page's numbers are worth asking for, and how a raised one is written."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest_assets.texts.raised_numbers import MAY_BE_RAISED, find_maybe_raised, spell_raised


@given(st.text("aé中0123459²٣ \u2009.-−–=(_\n", max_size=30))
@example("٣-0")
@example(" 2٣")
def test_no_number_that_may_be_raised_is_passed_over(text: str) -> None:
    assert {place for place in range(len(text)) if MAY_BE_RAISED.match(text, place)} <= set(find_maybe_raised(text))


@pytest.mark.parametrize("text", ["", "plain words", "a table 3.14 0.5 77", "in 1999 (12)", "7 lines"])
def test_numbers_that_stand_alone_are_not_asked_for(text: str) -> None:
    assert not find_maybe_raised(text)


@pytest.mark.parametrize(
    ("before", "digits", "written"),
    [("10", "3", "^3"), ("times 10", "−3", "^-3"), ("shown", "12", "¹²"), ("3.10", "2", "²")],
)
def test_a_raised_number_is_a_power_of_a_small_number_and_else_a_mark(before: str, digits: str, written: str) -> None:
    assert spell_raised(before, digits) == written
