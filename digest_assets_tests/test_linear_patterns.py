"""Every pattern of the package takes time in proportion to its text, whatever an outsider repeats in it."""

import re
import signal
import time
from collections.abc import Iterator
from itertools import islice
from types import FrameType
from typing import Any

import pytest

from digest_assets.config.fields import FORMATS
from digest_assets.summaries.drafts import Draft, build_rows
from digest_assets.summaries.requests import PaperContent, SummaryRequest, build_abstract_text
from digest_assets.testing.pattern_growth import (
    REPEATS,
    FoundPattern,
    find_patterns,
    list_texts,
    measure_growth,
    time_pattern,
)
from digest_assets.testing.row_factories import make_paper

PATTERNS = find_patterns()
# A quadratic pattern over 5,000 characters takes 0.012 s at the least, over 50,000 more than 1 s; a linear one takes
# a hundredth of that. Between the two, growth decides: of texts that are four times as long as any part that a pattern
# may repeat a bounded number of times. Most need no such text: a quadratic one takes a 25th of that over a fifth of it.
_QUICK, _QUICK_FLOOR = 5_000, 0.005
_SHORT, _SHORT_FLOOR = _QUICK // 5, 0.0003
_SIZES = (pytest.param(_QUICK, _QUICK_FLOOR, id="5000"), pytest.param(50_000, 0.12, id="50000", marks=pytest.mark.long))
# The long texts are those few that take the longest while they are short: what grows too fast is slow early.
_MOST_LONG_TEXTS = 8
_SECONDS = 10.0  # when a single use is given up


class _TooSlowError(Exception):
    pass


def _time_with_limit(pattern: Any, use: str, text: Any) -> float | None:
    """Seconds, or None after the limit: a pattern that runs away looks at signals now and then."""
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        return time_pattern(pattern, use, text)
    except _TooSlowError:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.fixture(autouse=True)
def _alarm() -> Iterator[None]:
    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise _TooSlowError

    before = signal.signal(signal.SIGALRM, give_up)
    yield
    signal.signal(signal.SIGALRM, before)


def test_patterns_are_found_wherever_they_stand() -> None:
    places = " ".join(found.place for found in PATTERNS)
    for room in ("common", "sources", "papers", "texts", "summaries", "reports", "site"):
        assert f"digest_assets.{room}" in places
    assert "cues.CUES" in places  # in tuples in a dict
    assert "selectors.HARDWARE" in places  # in a dataclass
    assert any(":" in found.place for found in PATTERNS)  # a literal in a call


def _choose_texts(found: FoundPattern, characters: int) -> list[tuple[str, str]]:
    texts = list_texts(found)
    if characters <= _QUICK:
        return texts

    def time_when_short(text: tuple[str, str]) -> float:
        return measure_growth(found, *text, _SHORT, 0.0, _time_with_limit).seconds or _SECONDS

    return sorted(texts, key=time_when_short, reverse=True)[:_MOST_LONG_TEXTS]


def _is_slow(found: FoundPattern, text: tuple[str, str], characters: int, floor: float) -> bool:
    """Whether the time grows faster than the text, each of four times: once or twice it may have been another program."""
    if characters == _QUICK and measure_growth(found, *text, _SHORT, _SHORT_FLOOR, _time_with_limit).quarter is None:
        return False
    return not any(measure_growth(found, *text, characters, floor, _time_with_limit).is_linear for _ in range(4))


@pytest.mark.parametrize("few", [0, 1], ids=["all texts", "the few that are made long"])
@pytest.mark.parametrize("pattern", [r"\w+@", r"\s+$", r"(?:a|b)*c\d"])
def test_a_pattern_that_looks_again_and_again_is_found_out(pattern: str, few: int) -> None:
    found = FoundPattern(re.compile(pattern), "here", frozenset({"search"}))
    texts = _choose_texts(found, _QUICK + few)
    assert any(_is_slow(found, text, _QUICK, _QUICK_FLOOR) for text in texts)


@pytest.mark.parametrize(("characters", "floor"), _SIZES)
@pytest.mark.parametrize("found", PATTERNS, ids=[found.place for found in PATTERNS])
def test_time_grows_as_the_text_does(found: FoundPattern, characters: int, floor: float) -> None:
    slow = (text for text in _choose_texts(found, characters) if _is_slow(found, text, characters, floor))
    some = [f"{before[-40:]!r} + {repeat[:40]!r}" for before, repeat in islice(slow, 5)]
    assert not some, f"{found.place} {found.pattern.pattern!r}"[:300] + "\n" + "\n".join(some)


@pytest.mark.long
@pytest.mark.parametrize("repeat", REPEATS)
def test_any_abstract_is_summarised_in_a_time_that_grows_as_it_does(repeat: str) -> None:
    seconds = []
    for characters in (80, 5_000, 20_000):
        paper = make_paper("2512.00001", abstract="We show " + repeat * (characters // len(repeat)))
        content = PaperContent(paper, build_abstract_text(paper))
        started = time.thread_time()
        rows = build_rows([Draft(SummaryRequest(paper.day, report, "en", content)) for report in FORMATS])
        seconds.append(time.thread_time() - started)
        assert not [row.note for row in rows if row.failed]
    assert seconds[0] < 0.5
    assert seconds[2] < 10 * max(seconds[1], 0.05)
