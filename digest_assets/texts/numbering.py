"""Numbers of headings: what they may be read as, and the sequence of a paper's headings that counts on best."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "roman", "letter", "subletter"]
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
_WINDOW = 150  # candidates looked back on: more than stand between two headings of any paper of the corpus
_SKIP = 1.5  # what a missed number costs: more than a weak candidate is worth, less than a strong one
_MAX_SKIP = 3.0  # a strong heading with a known name weighs more: an excerpt leaves out whole sections
_MAX_NUMBER = 40  # of a section: beyond are years, temperatures, pages
_RESTART = 0.5  # what a change of kind costs (sections to appendices)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A candidate's number in one reading; `subletter` counts A, B, C below a section with a Roman number."""

    kind: Kind
    value: tuple[int, ...]
    weight: float = 0.0
    place: int = 0


def parse_numbers(number: str) -> list[Numbered]:
    """What a number may be read as: `I` is Roman, and the ninth letter."""
    number = re.sub(r"^(appendix|section|chapter)\s+", "", number, flags=re.IGNORECASE)
    first, *rest = number.split(".")
    tail = tuple(int(part) for part in rest if part.isdecimal())
    if not first:
        return []
    if first.isdecimal():
        if int(first) > _MAX_NUMBER:
            return []
        return [Numbered("number", (int(first), *tail))]
    readings: list[Numbered] = []
    if re.fullmatch(r"[IVX]+", first) and not tail:
        total = 0
        for sign, after in zip(first, [*first[1:], ""], strict=True):
            value = _ROMAN_VALUES[sign]
            total += -value if after and _ROMAN_VALUES[after] > value else value
        readings.append(Numbered("roman", (total,)))
    if len(first) == 1 and first.isascii() and first.isalpha():
        readings.append(Numbered("letter", (ord(first.upper()) - 64, *tail)))
    return readings


def choose_sequence(nodes: Sequence[Numbered]) -> list[tuple[Numbered, int]]:
    """The nodes of the heaviest sequence in which each number may follow the one before, with their levels."""
    best: list[float] = []
    back: list[int] = []
    section: list[int] = []  # of a subletter: the Roman number that it stands under
    for index, node in enumerate(nodes):
        start = _start_cost(node)
        score, previous, under = (node.weight - start, -1, 0) if start is not None else (float("-inf"), -1, 0)
        for other in range(max(0, index - _WINDOW), index):
            if best[other] + node.weight <= score:
                continue
            cost = _follow_cost(nodes[other], section[other], node)
            if cost is not None and best[other] + node.weight - cost > score:
                score, previous = best[other] + node.weight - cost, other
                under = nodes[other].value[0] if nodes[other].kind == "roman" else section[other]
        best.append(score)
        back.append(previous)
        section.append(under if node.kind == "subletter" else 0)
    if not best:
        return []
    index = max(range(len(best)), key=best.__getitem__)
    chosen: list[tuple[Numbered, int]] = []
    while index >= 0 and best[index] > float("-inf"):
        node = nodes[index]
        chosen.append((node, 2 if node.kind == "subletter" else len(node.value)))
        index = back[index]
    return chosen[::-1]


def _start_cost(node: Numbered) -> float | None:
    """What it costs that a paper's first heading has this number."""
    if node.kind in ("letter", "subletter"):
        return _SKIP if node.kind == "letter" and node.value in ((1,), (1, 1)) else None
    if node.value in ((0,), (1,)):
        return 0.0
    # An excerpt may begin anywhere; a whole paper does not, and loses by it only what it has before.
    return _SKIP


def _follow_cost(before: Numbered, section: int, node: Numbered) -> float | None:
    """What it costs that one number follows another; none if it cannot."""
    if node.kind == "subletter":
        if before.kind == "roman":
            return 0.0 if node.value == (1,) else None
        if before.kind == "subletter" and len(node.value) == 1:
            return _step_cost(node.value[0] - before.value[0])
        return None
    if before.kind == "subletter":
        return _step_cost(node.value[0] - section) if node.kind == "roman" else _appendix_cost(node)
    if before.kind != node.kind:
        return _appendix_cost(node) if before.kind in ("number", "roman") else None
    last, value = before.value, node.value
    if len(value) == 1:
        return _step_cost(value[0] - last[0])
    if value[0] != last[0]:
        steps = _step_cost(value[0] - last[0])  # the section's own heading was missed
        return None if steps is None or value[-1] > 1 else steps + _SKIP / 2
    depth = min(len(last), len(value)) - 1
    if value[:depth] != last[:depth]:
        common = next(place for place in range(depth) if value[place] != last[place])
        step = _step_cost(value[common] - last[common])
        return None if step is None else step + _SKIP / 2
    if len(value) > len(last):
        if value[: len(last)] != last:
            step = _step_cost(value[depth] - last[depth])
            return None if step is None or value[-1] > 1 else step + _SKIP / 2
        return 0.0 if value[-1] <= 1 and len(value) == len(last) + 1 else _SKIP if value[-1] <= 2 else None
    return _step_cost(value[depth] - last[depth])


def _appendix_cost(node: Numbered) -> float | None:
    return _RESTART if node.kind == "letter" and node.value in ((1,), (1, 1)) else None


def _step_cost(step: int) -> float | None:
    """Numbers go up by one; some may have been missed, all of them in an excerpt."""
    return min(_SKIP * (step - 1), _MAX_SKIP) if step >= 1 else None
