"""Attachments: what a sentence says each of its numbers of: a system, and the data or circumstances on which."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from digest_assets.summaries.verification.quantities import NumberMention
from digest_assets.summaries.verification.words import Name, find_words

ItemT = TypeVar("ItemT", Name, NumberMention)

_ON = re.compile(
    r"(?:\b(?:on|in|for|across|at|over|under|of|to|from|against)\s(?:the\s|a\s|an\s|both\s)?(?:[\w-]+\s)?|[在对于与比]\s?)$",
    re.IGNORECASE,
)
# Right behind a number, what it was measured on follows: "7.7% in simulation", "4.0% (CE 3.2%) on X".
_BEHIND_NUMBER = re.compile(
    r"[\s,)]{0,3}(?:\([^()]{0,40}\)\s?|(?:[a-z]{0,3}[A-Z][\w@$-]{0,12}|points?)\s)?(?:on|in|for|at|across)\s(?:the\s|a\s|an\s)?"
)
_CLAUSE_NUMBER = re.compile(r"[^,;.]{1,60}")  # "0.81, for X it is 0.68": X is what the next number was measured on
# Where a clause may begin with what it speaks of; `other` where that is no name.
_SUBJECT = re.compile(
    r"(?:^|[.,;:]\s|\b(?:while|whereas|but|and|that|where|which)\s)(?P<other>(?:the|our|this|it|they|we|these|its)\s)?",
    re.I,
)
# Words before the name: "the larger, pretrained X"; one that may be a verb makes it an object ("improves X").
_BEFORE_SUBJECT = re.compile(r"(?:(?:the|an?|our)\s)?(?:(?!(?:the|an?|our)\b|[\w-]*(?:s|ing)\b)[\w-]+,?\s){0,2}", re.I)
_IS_MEASURE = re.compile(r"(?:\s[\w-]{1,30}){0,2}\s(?:of|at)\s(?:about\s|over\s)?")  # "a ROC AUC of 0.97": no system
_IS_LISTED = re.compile(r"\s?[(\[][^()]{0,20}\d[^()]{0,20}[)\]]")  # "SGD (49.6%), and Lion (43.4%)": no subjects
_HOLDS = re.compile(r"\s?(?:[a-z]+\s)?")  # between a name and the bracket with its numbers
_OPENING_CHARACTERS = 15  # "On the large X, …" opens a sentence and holds for all of it
_TO = re.compile(r"\s?\\?%?\s?to\s(?:about\s)?")  # "from 80.7 to 84.7 on X"
_AND = re.compile(r"\sand\s[^,;]*$")
_LIST_SEPARATOR = re.compile(r"\s?(?:,\s?(?:and\s|or\s)?|and\s|or\s|/\s?)(?:the\s)?")


@dataclass(frozen=True, slots=True)
class Attached:
    """What a number is said of: a system, and the data or circumstances on which."""

    subject: str | None = None
    data: frozenset[str] = frozenset()

    @property
    def every(self) -> frozenset[str]:
        """System and data."""
        return self.data | ({self.subject} if self.subject else frozenset())


NOTHING = Attached()


def attach_numbers(
    text: str, names: Sequence[Name], numbers: Sequence[NumberMention], before: str = ""
) -> dict[int, Attached]:
    """What each number is said of, by its place: the nearest names by their prepositions, or, in lists, their order.

    The sentence `before` may have the list whose numbers this one gives "respectively".
    """
    found = {number.start: _attach_nearest(text, names, number, numbers) for number in numbers}
    for number, following in reversed([*pairwise(numbers)]):  # "5.4% and a corner error of 4.0% on X"
        between = text[number.end : following.start]
        if _TO.fullmatch(between) and not found[number.start].data:
            found[number.start] = Attached(found[number.start].subject, found[following.start].data)
        if _AND.match(between) and len(between) < 40 and _BEHIND_NUMBER.match(text, following.end):
            shared = found[following.start].data
            found[number.start] = Attached(found[number.start].subject, found[number.start].data | shared)
    lists = [run for run in _find_lists(text, names) if len(run) > 1]
    runs = [run for run in _find_lists(text, numbers) if len(run) > 1]
    for run in runs:
        same = [other for other in lists if len(other) == len(run)]
        if "respectively" in text or (len(same) == 1 and sum(len(other) == len(run) for other in runs) == 1):
            for number, name in zip(run, same[0] if same else (), strict=False):
                is_data = _ON.search(text, max(0, same[0][0].start - 30), same[0][0].start)
                subject = (found[number.start].subject if is_data else None) or name.key
                found[number.start] = Attached(subject, frozenset([name.key]))
    return found


def _find_lists(text: str, items: Sequence[ItemT]) -> list[list[ItemT]]:
    """Neighbours that nothing but commas and "and" divides."""
    runs: list[list[ItemT]] = []
    for item in items:
        if runs and _LIST_SEPARATOR.fullmatch(text, runs[-1][-1].end, item.start):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _attach_nearest(
    text: str, names: Sequence[Name], number: NumberMention, numbers: Sequence[NumberMention]
) -> Attached:
    subject = _find_subject(text, names, number)
    following = next((other.start for other in numbers if other.start >= number.end), len(text))
    behind = _BEHIND_NUMBER.match(text, number.end)
    if behind and not ("," in behind[0] and _CLAUSE_NUMBER.fullmatch(text, behind.end(), following)):
        keys = {name.key for name in names if behind.end() <= name.start < min(behind.end() + 20, following)}
        keys = keys or {word.stem for word in find_words(text[behind.end() : behind.end() + 40])[:2] if word.stem}
        if keys:
            return Attached(subject, frozenset(keys) | _find_opening(text, names, number))
    opening = text.rfind("(", 0, number.start)
    if opening >= 0 and ")" not in text[opening : number.start]:
        held = [name.key for name in names if name.end <= opening and _HOLDS.fullmatch(text, name.end, opening)]
        if held:
            return Attached(subject, frozenset(held))
    data: set[str] = set()
    for name in names:
        if name.end > number.start:
            break
        if _ON.search(text, max(0, name.start - 30), name.start):
            between = text[name.end : number.start]
            is_apart = any(name.end <= other.start < number.start for other in numbers) or len(between) > 60
            if name.start <= _OPENING_CHARACTERS or not (is_apart or "," in between or "，" in between):
                data = {name.key} if not is_apart else data | {name.key}  # the nearest, else what opened the sentence
    return Attached(subject, frozenset(data))


def _find_opening(text: str, names: Sequence[Name], number: NumberMention) -> Set[str]:
    """What the opening of a sentence says all its numbers of: "On the large X, …"."""
    return {
        name.key
        for name in names
        if name.start <= _OPENING_CHARACTERS and name.end <= number.start and _ON.search(text, 0, name.start)
    }


def _find_subject(text: str, names: Sequence[Name], number: NumberMention) -> str | None:
    """The name that opens the number's clause, or an earlier one if no other subject stands between."""
    subject = None
    start = 0
    for opening in _SUBJECT.finditer(text, 0, number.start):
        held = [
            name
            for name in names
            if name.start >= opening.end()
            and _BEFORE_SUBJECT.fullmatch(text, opening.end(), name.start)
            and not _IS_MEASURE.fullmatch(text, name.end, number.start)
            and not _IS_LISTED.match(text, name.end)
        ]
        if held and held[0].end <= number.start and not _ON.search(text, start, held[0].start):
            subject = held[0].key
        elif opening["other"]:
            subject = None
        start = opening.end()
    return subject
