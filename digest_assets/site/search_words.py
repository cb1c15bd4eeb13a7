"""Which papers have which words, for the search in the browser: an inverted index in files that one query can load.

A word's postings stand in the file of its first six letters: `data/words/2025-12/41.js` for a month that grows, one line
for each of its days, and `data/words/2025/357.js` for the months of a year that are over, one line each. So a day rewrites
the small files of its month and no others, and a query over years loads a file a year for each of its words, with all
words that begin so. A word of four or five letters has those beside it that are up to three letters longer (`pose`:
`poses`): they stand in its file too. As with the papers' own pieces they are scripts, which a page opened from a folder
may load.

Postings are numbers of papers in order, as differences less one, in base 36, each with a letter for the fields that have
the word (A to G: title 1, authors 2, text 4); `votes:` has the upvotes by number.
"""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from digest_assets.common.function_words import FUNCTION_WORDS
from digest_assets.reports import urls
from digest_assets.site.files import SiteFolder
from digest_assets.site.html import escape_separators

Postings = str | dict[str, int]
# What a question loads is mostly other words of the same files. Three words over three years of 300 papers a day, compressed:
# 205 to 720 kB with files of the first four letters, 512 a year and 64 a month; 110 to 320 kB with these.
MONTH_SHARDS = 128  # a day of 300 papers adds 2 kB to each
YEAR_SHARDS = 2048  # of 80,000 papers: 18 kB each, 8 kB compressed
_PREFIX = 6  # letters of a word that choose its file: `transf` is a family of words, `tran` a dozen
_MIN_BEGINNING = 4  # letters of a word that longer ones are found by
_MAX_ENDING = 3  # letters more that a word has which a shorter one than `_PREFIX` finds: -s, -ed, -ing
_COMMON_SHARE = 0.2  # of a month's papers: a word that more of them have tells none apart
_COMMON: Postings = "*"
_VOTES = "votes:"
_LETTERS = "ABCDEFG"
_TITLE, _AUTHORS, _TEXT = 1, 2, 4
_MAX_WORD = 64  # characters: what is longer is no word
_MIN_SPELLED = (
    2  # papers of a month that have a word which misspelt ones are corrected to: hardly two make the same slip
)
_MIN_SPELLED_LETTERS = 4  # shorter words are too alike to be corrected
_MAX_SPELLED = 10_000  # words of a month for that: 90 kB, loaded when nothing is found
_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # written without spaces: each sign is a word
_WORD = re.compile(f"[{_HAN}]|[^\\W_{_HAN}]+")
_POSTING = re.compile("([0-9a-z]{0,8})([A-G])")  # no number has more digits
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def split_words(text: str) -> list[str]:
    """The words by which a text is found: letters and digits, small, without accents; as the page's script splits a query."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M"))
    return [word[:_MAX_WORD] for word in _WORD.findall(text.lower())]


def index_papers(rows: Sequence[Mapping[str, Any]]) -> dict[str, Postings]:
    """The postings of a day's rows, by word; also by `category:`, `topic:`, `code:` and `id:`, for filters."""
    numbers: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, row in enumerate(rows):
        fields: Counter[str] = Counter()
        text = " ".join(row.get(name, "") for name in ("gist", "abstract", "more"))
        for bit, words in (
            (_TITLE, split_words(row["title"])),
            (_AUTHORS, split_words(" ".join(row["authors"]))),
            (_TEXT, split_words(text)),
        ):
            for word in words:
                if bit == _AUTHORS or word not in FUNCTION_WORDS:
                    fields[word] |= bit
        kinds = [("category", row["categories"]), ("topic", row.get("topics", ())), ("id", [row["id"]])]
        names = [f"{kind}:{value}" for kind, values in kinds for value in values] + ["code:"] * ("code" in row)
        for term, bits in (*fields.items(), *((name, _TEXT) for name in dict.fromkeys(names))):
            numbers[term].append((number, bits))
    found: dict[str, Postings] = {term: _encode(of) for term, of in numbers.items()}
    votes = {str(number): row["upvotes"] for number, row in enumerate(rows) if row.get("upvotes")}
    return found | ({_VOTES: votes} if votes else {})


def write_day(folder: SiteFolder, day: date, postings: Mapping[str, Postings]) -> None:
    """Make these the day's postings in its month's files; none removes it."""
    month = f"{day:%Y-%m}"
    _replace_lines(folder, month, MONTH_SHARDS, day.isoformat(), postings)
    counts: Counter[str] = Counter()
    for shard in range(MONTH_SHARDS):
        for _, line in _read_lines(folder, month, shard):
            for term, value in line.items():
                if isinstance(value, str) and len(term) > _MIN_SPELLED_LETTERS and term.isalpha():
                    counts[term] += sum(map(value.count, _LETTERS))
    frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MAX_SPELLED]
    words = " ".join(term for term, count in frequent if count >= _MIN_SPELLED)  # the more frequent is the likelier
    _write_or_remove(folder, urls.search_spelling(month), f'digestSearch.add("{month}","{words}");\n' if counts else "")


def close_month(folder: SiteFolder, name: str, papers: Mapping[str, int]) -> None:
    """Bring the line of a month that is over up to date in its year's files; a month without days has none.

    `papers` says how many each of its days has.
    """
    first = _number_days(papers)
    lines = [line for shard in range(MONTH_SHARDS) for line in _read_lines(folder, name, shard)]
    merged = _merge([(first[day], line) for day, line in lines if day in first], sum(papers.values()))
    _replace_lines(folder, name[:4], YEAR_SHARDS, name, merged)


def list_closed(days: Iterable[str]) -> list[str]:
    """The months of these days that are over: all but the newest."""
    return sorted({day[:7] for day in days})[:-1]


def read_closed(folder: SiteFolder) -> set[str]:
    """The months whose lines are in the year's files, as the last build said."""
    text = folder.read(urls.SEARCH_SCRIPT)
    return set(json.loads(text[text.index("{") : text.rindex("}") + 1])["closed"]) if text else set()


def write_list(folder: SiteFolder, papers: Mapping[str, int]) -> None:
    """What the page's script has to know: how many papers each day has, which months are over, what words are skipped."""
    known = {
        "closed": list_closed(papers),
        "papers": dict(sorted(papers.items())),
        "shards": [MONTH_SHARDS, YEAR_SHARDS],
        "skipped": sorted(FUNCTION_WORDS),
    }
    written = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
    folder.write(urls.SEARCH_SCRIPT, f"window.digestIndex = {written};\n")


def choose_shard(term: str, shards: int) -> int:
    """The number of the file that has a term."""
    number = 0
    for sign in term if ":" in term else term[:_PREFIX]:
        number = (number * 31 + ord(sign)) % 2**32
    return number % shards


def _replace_lines(folder: SiteFolder, name: str, shards: int, key: str, postings: Mapping[str, Postings]) -> None:
    """Put a line with the key into each file that has some of the postings, in place of the one there was."""
    of_shard: defaultdict[int, dict[str, Postings]] = defaultdict(dict)
    for term in sorted(postings):
        for one in (term, *_list_beginnings(term, postings)):
            of_shard[choose_shard(one, shards)][term] = postings[term]
    for shard in range(shards):
        here = urls.search_words(name, shard)
        before = (folder.read(here) or "").split("\n")[:-1]
        start = f'digestSearch.add("{key}",'
        lines = [line for line in before if not line.startswith(start)]
        if shard in of_shard:
            written = json.dumps(of_shard[shard], ensure_ascii=False, separators=(",", ":"))
            lines.append(f"{start}{escape_separators(written)});")
        _write_or_remove(folder, here, "".join(f"{line}\n" for line in sorted(lines)))


def _list_beginnings(term: str, postings: Mapping[str, Postings]) -> list[str]:
    """The shorter words whose files have a word too."""
    if ":" in term or postings[term] == _COMMON:
        return []
    lengths = range(max(_MIN_BEGINNING, len(term) - _MAX_ENDING), min(_PREFIX, len(term)))
    return [term[:length] for length in lengths if term[:length] in postings]


def _write_or_remove(folder: SiteFolder, name: str, text: str) -> None:
    if text:
        folder.write(name, text)
    else:
        folder.remove(name)


def _read_lines(folder: SiteFolder, month: str, shard: int) -> Iterator[tuple[str, dict[str, Postings]]]:
    """The lines of a month's file: their keys, and the postings that have their own place there."""
    for line in (folder.read(urls.search_words(month, shard)) or "").split("\n")[:-1]:
        key, value = json.loads(f"[{line[line.index('(') + 1 : line.rindex(')')]}]")
        yield key, {term: postings for term, postings in value.items() if choose_shard(term, MONTH_SHARDS) == shard}


def _number_days(papers: Mapping[str, int]) -> dict[str, int]:
    """The number in its month of each day's first paper."""
    numbers, total = {}, 0
    for day, count in sorted(papers.items()):
        numbers[day] = total
        total += count
    return numbers


def _merge(lines: Iterable[tuple[int, Mapping[str, Postings]]], papers: int) -> dict[str, Postings]:
    """One month's postings of its days', each with the number of its first paper."""
    numbers: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    votes: dict[str, int] = {}
    for first, line in lines:
        for term, value in line.items():
            if isinstance(value, dict):
                votes |= {str(first + int(number)): count for number, count in value.items()}
            else:
                numbers[term].extend((first + number, bits) for number, bits in _decode(value))
    most = _COMMON_SHARE * papers
    merged: dict[str, Postings] = {
        term: _COMMON if len(of) > most and ":" not in term else _encode(sorted(of)) for term, of in numbers.items()
    }
    return merged | ({_VOTES: votes} if votes else {})


def _encode(numbers: Iterable[tuple[int, int]]) -> str:
    pieces, last = [], -1
    for number, bits in numbers:
        pieces.append(_to_base_36(number - last - 1) + _LETTERS[bits - 1])
        last = number
    return "".join(pieces)


def _decode(postings: str) -> Iterator[tuple[int, int]]:
    last = -1
    for digits, letter in _POSTING.findall(postings):
        last += 1 + (int(digits, 36) if digits else 0)
        yield last, _LETTERS.index(letter) + 1


@cache
def _to_base_36(number: int) -> str:
    """Nothing for 0, which is the most frequent."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
