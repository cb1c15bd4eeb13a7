"""Attribution: whether a number that a claim gives is said of the same thing where the text states it.

In a table the row must be the one that the claim names, and the column too. In a sentence it must be the same system:
one that the sentence, its paragraph or the paper's own name stands for.
"""

import re
from collections import Counter
from collections.abc import Sequence, Set
from functools import cached_property

from digest_assets.summaries.verification.attachments import NOTHING, Attached, attach_numbers
from digest_assets.summaries.verification.number_labels import OPENING_OF_ONE, is_labelled_otherwise, label_numbers
from digest_assets.summaries.verification.numbers import NumberIndex
from digest_assets.summaries.verification.quantities import NumberMention, Quantity, find_numbers
from digest_assets.summaries.verification.source_units import METADATA, SourceIndex, SourceUnit, split_row
from digest_assets.summaries.verification.words import Name, find_names, find_words, name_key

_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?[A-Za-z]*")
# Words of a label that name no row: "(Collier and Kim)".
_CONNECTIVES = frozenset(["a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to"])
_LISTS = re.compile(r"\band\b|[,;]|\bagainst\b|\bthan\b")
_PREPOSITION = re.compile(
    r"\W{0,3}|(?:\s[a-zA-Z@.\d]{1,12})?\W{1,3}(?:on|for|in|with|by|of|using|under|via)\s(?:the\s)?(?:\w+[\s-])?"
)
# Before a number that a system is compared with, which the claim need not name: "from 5.4 to 2.7 s", "0.97 vs. 0.96".
_COMPARED = re.compile(
    r"\b(?:from|vs\.?|versus|against|opposed to|compared (?:to|with)|than|over|up)\s(?:about\s)?\(?[~≈]?$"
)
_AGAINST = re.compile(r"\s?\\?%?,?\s(?:against|versus|vs\.?|to)\s")
_BOUND_LABEL = re.compile(r"(?:\s[a-zA-Z@.\d]{1,12})?\s(?:on|for|in|with|by|of|using|under|via)\s(?:the\s)?")
_APART = 25  # characters that a name counts as farther from a number, where a list's "and" or a comma divides them
_OPENING_WORD = 40  # characters: a longer first word is no name
_MIN_LISTED = 2  # measured numbers in a sentence, of which each has words of its own
_FAR, _NEAR = 2_000, 60  # characters within which a row, which may open the sentence, and a column are named
_MENTION_CHARACTERS = 25  # around one word of a label, in which its others stand: "the small variant of GPT-2"
_MIN_LABEL_SHARE = 0.5  # of the best row's likeness: "Llama 2 7B" is like "Llama 2 13B"
_BEHIND = 60  # characters by which a name behind a number counts as further away than one before it


class Attribution:
    """The numbers of one claim, to be compared with the places that state them."""

    def __init__(self, claim: str, index: SourceIndex, *, is_foreign: bool = False) -> None:
        self._claim = claim
        self._index = index
        self._is_foreign = is_foreign  # in another script than the text: what its sentence is about cannot be told

    @cached_property
    def _names(self) -> list[Name]:
        return self._list_names(self._claim)

    def _list_names(self, text: str) -> list[Name]:
        """The names of a sentence, its first word too if the text has that with a capital elsewhere."""
        names = find_names(text)
        opening = next(iter(find_words(text[:_OPENING_WORD])), None)
        if opening and opening.text in self._index.capitalized and not (names and names[0].start == opening.start):
            names.insert(0, Name(opening.start, opening.end, opening.text, name_key(opening.text)))
        return names

    @cached_property
    def _numbers(self) -> list[NumberMention]:
        return find_numbers(self._claim)

    @cached_property
    def _tokens(self) -> list[tuple[str, int, int]]:
        words = [(match[0].lower(), match.start(), match.end()) for match in _TOKEN.finditer(self._claim)]
        counts = [number for number in self._numbers if number.is_spelled_out and not number.readings[0].unit]
        return words + [(f"{number.readings[0].value:f}", number.start, number.end) for number in counts]

    def is_misplaced(self, number: NumberMention, quantities: Sequence[Quantity], unit: SourceUnit) -> bool:
        """Whether a unit states a claim's number of something else: another row or column, another system."""
        if unit.group is not None:
            return self._is_of_another_cell(number, unit)
        if unit.span.section == METADATA:
            return False
        mine = set(quantities)
        return self._is_of_another_system(number, mine, unit) or self._is_of_another_measure(number, mine, unit)

    # Tables

    def _is_of_another_cell(self, number: NumberMention, unit: SourceUnit) -> bool:
        rows = self._index.get_table(unit)
        here = rows.index(unit)
        chosen = self._choose([row.label for row in rows], number, _MIN_LABEL_SHARE, _FAR)
        if NumberIndex.from_texts([unit.label]).states(number, ""):
            return False  # it belongs to the row's name
        cells = split_row(unit.text)
        holding = {
            place
            for place, cell in enumerate(cells)
            if NumberIndex.from_row([cell], unit.heads[place : place + 1]).states(number, "")
        }
        is_compared = self._is_compared_row(number, unit, [rows[place] for place in chosen])
        if chosen and here not in chosen and not is_compared:
            return True
        if (
            here in chosen and not is_compared
        ):  # several rows have the same label: other cells decide ("with a context of 4K")
            others = [self._count_shared(rows[place], holding) for place in chosen]
            if self._count_shared(unit, holding) < max(others):
                return True
        label = set(unit.label.split())
        measures = [
            "" if place not in holding and place < len(cells) and cells[place].strip() in label else head
            for place, head in enumerate(unit.heads)
        ]
        heads = self._choose(measures, number, 0.0, _NEAR)
        return bool(heads and holding) and not holding & heads and not self._compares_columns(number, unit)

    def _is_compared_row(self, number: NumberMention, unit: SourceUnit, chosen: Sequence[SourceUnit]) -> bool:
        """Whether a number is what the named row is compared with, and stands in a row that the claim names as far."""
        if not _COMPARED.search(self._claim, 0, number.start):
            return False
        claim_tokens = {token for token, _, _ in self._tokens}
        label, *others = (set(_list_tokens(row.label)) & claim_tokens for row in (unit, *chosen))
        shared = set[str]().union(*others)
        return bool(label & shared) or all(len(other) <= 1 for other in others)

    def _compares_columns(self, number: NumberMention, unit: SourceUnit) -> bool:
        """Whether a number is set against another of the same row ("7.3 against 11.8"): heads do not tell which is which."""
        place = self._numbers.index(number)
        for first, second in ((place, place + 1), (place - 1, place)):
            pair = self._numbers[first : second + 1] if first >= 0 else []
            if len(pair) == 2 and _AGAINST.fullmatch(self._claim, pair[0].end, pair[1].start):
                return all(unit.numbers.match(one) for one in pair)
        return False

    def _choose(self, options: Sequence[str], number: NumberMention, share: float, most: int) -> set[int]:
        """Which of a table's labels the claim names for a number: the nearest of those that it names best."""
        sets = [frozenset(_list_tokens(option)) for option in options]
        distinct = set(sets)
        counts = Counter(token for tokens in distinct for token in tokens)
        # A word of every label tells none from another; the rarer it is, the more it says.
        weights = {token: 1 / count for token, count in counts.items() if count < max(len(distinct), 2)}
        mentioned = [
            (token, start, self._measure(number, start, end)) for token, start, end in self._tokens if token in weights
        ]
        best: list[tuple[int, float, int]] = []  # distance, likeness, place
        for place, tokens in enumerate(sets):
            mentions = [(distance, start) for token, start, distance in mentioned if token in tokens]
            if not mentions:
                continue
            distance, at = min(mentions)
            near = {
                token for token, start, _ in mentioned if token in tokens and abs(start - at) <= _MENTION_CHARACTERS
            }
            likeness = sum(weights[token] for token in near) - 0.01 * len(tokens - near)
            best.append((distance, likeness, place))
        top = max((likeness for _, likeness, _ in best), default=0.0)
        if "respectively" in self._claim:
            return {place for _, _, place in best}
        named = [
            (distance, likeness, place)
            for distance, likeness, place in best
            if likeness >= share * top and distance <= most
        ]
        nearest = min((distance for distance, _, _ in named), default=0)
        near_by = [(likeness, place) for distance, likeness, place in named if distance == nearest]
        top = max((likeness for likeness, _ in near_by), default=0.0)
        return {place for likeness, place in near_by if likeness >= top - 0.05}

    def _measure(self, number: NumberMention, start: int, end: int) -> int:
        if end <= number.start:
            is_apart = _LISTS.search(self._claim, end, number.start) or self._is_bound(number, start)
            return number.start - end + (_APART if is_apart else 0)
        between = self._claim[number.end : start]
        return len(between) + (0 if _PREPOSITION.fullmatch(between) else _BEHIND)

    def _is_bound(self, number: NumberMention, start: int) -> bool:
        """Whether a label belongs to an earlier number: "0.92 with HTML to 0.96"."""
        before = [other for other in self._numbers if other.end <= start and other.end < number.start]
        return bool(before) and _BOUND_LABEL.fullmatch(self._claim, before[-1].end, start) is not None

    def _count_shared(self, row: SourceUnit, holding: Set[int]) -> int:
        """How many words a row shares with the claim, but for the columns that hold the number."""
        cells = [cell for place, cell in enumerate(split_row(row.text)) if place not in holding]
        return len({token for token, _, _ in self._tokens} & set(_list_tokens(" | ".join(cells))))

    # Sentences

    def _is_of_another_system(self, number: NumberMention, mine: Set[Quantity], unit: SourceUnit) -> bool:
        attachment = self._attached.get(number.start, NOTHING)
        stated = unit.mentions
        attached = self._attach_source(unit)
        own = [attached[other.start] for other in stated if mine & set(other.readings)]
        others = [attached[other.start] for other in stated if not mine & set(other.readings)]
        rest = frozenset().union(*(one.every for one in others))
        subjects = {one.subject for one in others}
        if own and any(
            key in (rest if key == attachment.subject else subjects)
            and all(one.subject and key not in one.every for one in own)
            for key in attachment.every
        ):
            return True
        if own and any(
            key in rest and all(one.data and key not in one.every for one in own) for key in attachment.data
        ):
            return True
        if self._is_foreign:
            return False
        named = attachment.data & {name.key for name in self._names}
        theirs = frozenset().union(*(one.data for one in own))
        if named and own and all(one.data for one in own) and not self._is_beside(named, theirs, unit):
            return True
        return attachment.subject is not None and not self._may_speak_of(attachment.subject, unit)

    def _is_of_another_measure(self, number: NumberMention, mine: Set[Quantity], unit: SourceUnit) -> bool:
        """Whether the claim's words beside the number stand beside another one in the source."""
        if self._is_foreign or not _is_labelled(number):
            return False
        stated = [other for other in unit.mentions if _is_labelled(other)]
        if len(stated) < _MIN_LISTED:
            return False
        labels = label_numbers(unit.text, stated)
        named = self._index.own_stems | self._list_named_stems(number, mine, unit)
        mentions = [other for other in self._numbers if _is_labelled(other)]
        claimed = (
            label_numbers(self._claim, mentions, named)
            if mentions[1:]
            else label_numbers(self._claim, mentions, named, OPENING_OF_ONE)
        )
        return is_labelled_otherwise(
            claimed[number.start].drop(named),
            [labels[other.start] for other in stated if mine & set(other.readings)],
            [labels[other.start] for other in stated if not mine & set(other.readings)],
        )

    @cached_property
    def _attached(self) -> dict[int, Attached]:
        return attach_numbers(self._claim, self._names, self._numbers)

    def _list_named_stems(self, number: NumberMention, mine: Set[Quantity], unit: SourceUnit) -> Set[str]:
        """The words of what a number was measured on, and of a system that the source says it of: they are no measures."""
        attached = self._attach_source(unit)
        own = (attached[other.start].every for other in unit.mentions if mine & set(other.readings))
        attachment = self._attached.get(number.start, NOTHING)
        keys = (attachment.data - {attachment.subject}) | (attachment.every & frozenset[str]().union(*own))
        named = (name.text for name in self._names if name.key in keys)
        return frozenset(word.stem for text in named for word in find_words(text) if word.stem)

    def _attach_source(self, unit: SourceUnit) -> dict[int, Attached]:
        previous = self._index.get_previous(unit)
        return attach_numbers(
            unit.text, self._list_names(unit.text), unit.mentions, previous[0].text if previous[1:] else ""
        )

    def find_named(self, unit: SourceUnit) -> list[NumberMention]:
        """The numbers of a sentence that it says of what the claim names."""
        keys = {name.key for name in self._names}
        attached = self._attach_source(unit)
        return [number for number in unit.mentions if attached[number.start].every & keys]

    def _is_beside(self, named: Set[str], theirs: Set[str], unit: SourceUnit) -> bool:
        """Whether one of the data that a claim names is what the source names, or stands beside it."""
        letters = "".join(name_key(other.text) for other in self._index.get_previous(unit))
        return any(key in letters or any(key in other or other in key for other in theirs) for key in named)

    def _may_speak_of(self, subject: str, unit: SourceUnit) -> bool:
        """Whether a sentence may speak of a system: it or the one before names it, or it is the paper's own."""
        beside = self._index.get_previous(unit)
        return subject in self._index.own_names or any(subject in name_key(other.text) for other in beside)


def _is_labelled(number: NumberMention) -> bool:
    """Whether the words beside a number say what was measured, not what is counted."""
    value = number.readings[0].value
    return any(unit for unit, _ in number.readings) or value != int(value)


def _list_tokens(text: str) -> list[str]:
    return [token for match in _TOKEN.finditer(text) if (token := match[0].lower()) not in _CONNECTIVES]
