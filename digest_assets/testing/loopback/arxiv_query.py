"""The query language of arXiv's API, as far as a served collection needs it.

Fields `ti abs au cat co jr id all`, words, quoted phrases and `*` wildcards, `AND`, `OR`, `ANDNOT`, parentheses,
words side by side meaning OR, and `submittedDate:[YYYYMMDDHHMM TO YYYYMMDDHHMM]` in UTC with both ends included.
See https://info.arxiv.org/help/api/user-manual.html#query_details.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class SearchFields:
    """What of a paper can be searched: texts by field (already `folded`), categories, id and submission time."""

    texts: Mapping[str, str]
    categories: tuple[str, ...]
    id: str
    published: datetime


Matcher = Callable[[SearchFields], bool]

_TEXT_FIELDS = ("ti", "abs", "au", "co", "jr")
_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<word>AND|OR|ANDNOT)(?=[\s(]|$)"
    r'|(?:(?P<field>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)"|\[(?P<range>[^\]]*)\]|(?P<bare>[^\s()"\[\]]+)))'
)
_RANGE = re.compile(r"(\d{8}(?:\d{4}(?:\d{2})?)?|\*)\s+TO\s+(\d{8}(?:\d{4}(?:\d{2})?)?|\*)")


def fold_text(text: str) -> str:
    """Words in lower case without accents or punctuation, with a space at both ends: ` gaussian splatting `."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return f" {' '.join(re.findall(r'[a-z0-9*]+', plain))} "


def parse_query(query: str) -> Matcher:
    """The query as a test of a paper. Raises `ValueError` for what is not a query."""
    parser = _Parser(query)
    matches = parser.parse_or()
    if parser.token is not None:
        raise ValueError(f"unexpected {parser.token.group().strip()!r} in the query")
    return matches


class _Parser:
    """Recursive descent: OR binds weakest, AND and ANDNOT stronger."""

    def __init__(self, query: str) -> None:
        self._query = query.strip()
        self._position = 0
        self._advance()

    def parse_or(self) -> Matcher:
        """`a OR b`, and `a b`, which means the same."""
        matches = self._parse_and()
        while self.token is not None and self.token["close"] is None:
            if self.token["word"] == "OR":
                self._advance()
            matches = _match_either(matches, self._parse_and())
        return matches

    def _parse_and(self) -> Matcher:
        matches = self._parse_operand()
        while self.token is not None and self.token["word"] in ("AND", "ANDNOT"):
            negated = self.token["word"] == "ANDNOT"
            self._advance()
            matches = _match_both(matches, self._parse_operand(), negated=negated)
        return matches

    def _parse_operand(self) -> Matcher:
        token = self.token
        if token is None or token["close"] or token["word"]:
            raise ValueError("the query ends or joins where a term is expected")
        self._advance()
        if token["open"]:
            inner = self.parse_or()
            if self.token is None or not self.token["close"]:
                raise ValueError("a parenthesis is not closed")
            self._advance()
            return inner
        return _match_term((token["field"] or "all"), token)

    def _advance(self) -> None:
        self.token: re.Match[str] | None = None
        if self._position < len(self._query):
            self.token = _TOKEN.match(self._query, self._position)
            if self.token is None:
                raise ValueError(f"cannot read the query at {self._query[self._position :][:40]!r}")
            self._position = self.token.end()


def _match_either(left: Matcher, right: Matcher) -> Matcher:
    return lambda paper: left(paper) or right(paper)


def _match_both(left: Matcher, right: Matcher, *, negated: bool) -> Matcher:
    return lambda paper: left(paper) and right(paper) != negated


def _match_term(field: str, token: re.Match[str]) -> Matcher:
    if field == "submittedDate":
        return _match_submission_time(token["range"])
    value = token["phrase"] if token["phrase"] is not None else token["bare"]
    if value is None:
        raise ValueError(f"{field} takes no range")
    if field == "cat":
        return lambda paper: any(fnmatchcase(category, value) for category in paper.categories)
    if field == "id":
        return lambda paper: paper.id == value.split("v")[0]
    fields = _TEXT_FIELDS if field == "all" else (field,)
    if not set(fields) <= set(_TEXT_FIELDS):
        raise ValueError(f"unknown field {field!r}")
    phrase = fold_text(value.replace("_", " "))
    if "*" in phrase:
        pattern = re.compile(re.escape(phrase).replace(r"\*", "[a-z0-9]*"))
        return lambda paper: any(pattern.search(paper.texts[name]) for name in fields)
    return lambda paper: any(phrase in paper.texts[name] for name in fields)


def _match_submission_time(text: str | None) -> Matcher:
    match = _RANGE.fullmatch(text or "")
    if match is None:
        raise ValueError("submittedDate takes [YYYYMMDDHHMM TO YYYYMMDDHHMM]")
    first, last = (None if end == "*" else _parse_instant(end) for end in match.groups())
    return lambda paper: (first is None or first <= paper.published) and (last is None or paper.published <= last)


def _parse_instant(digits: str) -> datetime:
    return datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
