"""What people type, as terms: words, and phrases in double quotes. Capitals, accents and endings do not matter."""

import re
import unicodedata
from dataclasses import dataclass

_PARTS = re.compile(r'"([^"]*)"|(\S+)')
_TOKEN = re.compile(r"[^\W_]+")  # as SQLite's unicode61 cuts texts: letters and digits
# Chinese and Japanese put no spaces between words: each character is a word, and a word of them a phrase.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_MAX_TERMS = 64  # a long sentence; more would only cost time


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or several in a row."""

    tokens: tuple[str, ...]
    is_quoted: bool

    def to_match(self) -> str:
        """The term in FTS5's query language; every token is quoted, so that none is read as an operator."""
        if len(self.tokens) == 1:
            return f'"{self.tokens[0]}"'
        phrase = f'{{title text}} : "{" ".join(self.tokens)}"'
        # A body is indexed as its set of words. `GPT-4` is found there by its parts, a quoted phrase is not.
        parts = " AND ".join(f'"{token}"' for token in self.tokens)
        return f"({phrase})" if self.is_quoted else f"(({phrase}) OR (body : ({parts})))"


def space_out(text: str) -> str:
    """A text in which the characters of unspaced writing stand apart."""
    return _UNSPACED.sub(r" \g<0> ", text)


def split_tokens(text: str) -> list[str]:
    """The words of a text, without capitals and accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", space_out(text)) if not unicodedata.combining(c))
    return [token.lower() for token in _TOKEN.findall(plain)]


def parse_query(query: str) -> list[Term]:
    """The terms of a query; none if it has no letter and no digit."""
    terms = []
    for phrase, word in _PARTS.findall(query)[:_MAX_TERMS]:
        if tokens := tuple(split_tokens(phrase or word)[:_MAX_TERMS]):
            terms.append(Term(tokens, is_quoted=bool(phrase)))
    return terms
