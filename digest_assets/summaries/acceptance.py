"""What is no summary although it fits its schema: noise, the instruction given back, another script, another paper.

A response that is refused here is asked for once more, with the reason; the second one is a failure, and the summary is
extracted. What merely needs cleaning is cleaned in `sanitize`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from digest_assets.config.fields import Language
from digest_assets.llm.prompting import LANGUAGES
from digest_assets.llm.requests import build_json_schema
from digest_assets.summaries.extractive.sentence_features import STOPWORDS
from digest_assets.summaries.requests import PaperContent
from digest_assets.summaries.schemas import SummarySchema, iterate_texts
from digest_assets.summaries.verification.evidence import strip_to_letters

_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]{2,}")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(rf"{_CJK.pattern}|[^\W\d_]{{2,}}")
_FORMULA = re.compile(r"\$[^$]{1,400}\$|\\[A-Za-z]{1,30}")
_MIN_WORDS = 4  # different ones, or Chinese characters: the shortest sentence that says something of a paper
_MIN_ECHO_LETTERS = 20  # a shorter text may stand in an instruction by chance ("the core idea")
# Of Chinese characters among characters and Latin words: a Chinese summary that keeps every name and number in English
# has a half and more; one of English sentences with a Chinese word before each has a fifth.
_MIN_CHINESE_SHARE = 0.1
_MIN_LATIN_SHARE = 0.5  # of the letters of an English summary
# Frequent words that German, French, Spanish, Italian, Portuguese, Dutch, Danish and Polish do not have (as they have "of",
# "we", "for", "have" and "by"). Of 5,061 English texts of 30 words and more all have one.
_ENGLISH_WORDS = "the and with that from this which are these their our"
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_MIN_JUDGED_WORDS = 30  # of 25 to 29 words four real summaries in one telegram's sentence have none of them
# How a model begins that says why it does not answer, instead of what the paper says.
_REFUSAL = re.compile(
    r"""^\W{0,5}(?:(?:unfortunately|sorry|apologies|however)\W{1,3})?(?:
        I\W?(?:['’]?m|\sam)\s(?:sorry|unable|not\sable) | I\s(?:can(?:['’]t|not|\snot)|do(?:n['’]t|\snot)\shave|apologi[sz]e)
      | As\san\sAI\b
      | (?:there\s(?:is|was)\s)?no\s(?:\w+\s){0,3}?(?:text|paper|content|abstract|material)\s
        (?:(?:was|is|has\sbeen)\s)?(?:provided|supplied|included)\b
      | the\s(?:\w+\s){0,3}?(?:text|paper|content|abstract|material)\s(?:\w+\s){0,3}?(?:was|is|has\sbeen|were)\snot\s
        (?:been\s)?(?:provided|supplied|included)\b
      | Please\s(?:provide|share|upload|paste)\b
      | (?:很抱歉|抱歉|对不起|作为(?:一个)?(?:AI|人工智能)|我?无法(?:总结|提供|访问|回答)|请提供|(?:未|没有)提供)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_MAX_KANA_SHARE = 0.2  # of kana and Chinese characters: Japanese has a half and more, Chinese a name at most
# Prose has 30 to 45 different ones among 50 words or Chinese characters; a model that is stuck repeats a few.
_WINDOW = 50
_MIN_DIFFERENT = 15
_MIN_CONTENT_WORDS = 4  # fewer may all be paraphrases
_MAX_WORDS = {"tldr": 30, "summary": 130}  # as the prompts say, by field
_MAX_FIELD_WORDS = 150  # of any other field: six sentences, the most that one is asked for, of 25 words
_TOO_LONG = 2.0  # times as many words as asked for: a model that counts badly is not asked anew for ten words more
_CHARACTERS_PER_WORD = 1.6  # of Chinese: what a translation has for a word of English
_STEM = 5  # characters: "proposes" and "proposed" are one word
_MAX_CHARACTERS = 20_000  # of a summary that are judged: the longest reports have a third of it


def build_check(content: PaperContent, language: Language, instruction: str) -> Callable[[SummarySchema], None]:
    """The check of one paper's summary: it raises `ValueError` for what is none, in words for the model."""

    def check(summary: SummarySchema) -> None:
        texts = [text for path, text in iterate_texts(summary) if not path.endswith("evidence")]
        joined = " ".join(texts)[:_MAX_CHARACTERS]
        check_language(joined, language)
        for text in texts:
            check_refusal(text)
            check_repetition(text[:_MAX_CHARACTERS])
        check_echo(texts, type(summary), instruction)
        check_length(summary)
        if language == "en":
            _check_subject(joined, content)

    return check


def check_language(text: str, language: Language) -> None:
    """Raise `ValueError` for a text without words, or in another script than its language's."""
    prose = _FORMULA.sub(" ", text)
    chinese, words = _CJK.findall(prose), _LATIN_WORD.findall(prose.lower())
    letters = len(_LETTER.findall(prose))
    if len(set(_WORD.findall(prose.lower()))) < _MIN_WORDS:
        raise ValueError("it has no words; write sentences")
    if language == "zh":
        share = len(chinese) / max(len(chinese) + len(words), 1)
        kana = len(_KANA.findall(prose))
        is_other = share < _MIN_CHINESE_SHARE or kana > _MAX_KANA_SHARE * (kana + len(chinese))
    else:
        is_foreign = len(words) >= _MIN_JUDGED_WORDS and _ENGLISH.isdisjoint(words)
        is_other = is_foreign or sum(map(len, words)) < _MIN_LATIN_SHARE * letters
    if is_other:
        raise ValueError(f"it is not written in {LANGUAGES[language]}")


def check_refusal(text: str) -> None:
    """Raise `ValueError` for a text that says why there is no answer."""
    if _REFUSAL.match(text):
        raise ValueError("it says why it does not answer; say what the paper says, by what you have of it")


def check_repetition(text: str) -> None:
    """Raise `ValueError` for a text that says the same few words over and over."""
    words = _WORD.findall(text.lower())
    windows = [words[start : start + _WINDOW] for start in range(0, len(words) - _WINDOW + 1, _WINDOW)]
    stuck = sum(len(set(window)) < _MIN_DIFFERENT for window in windows)
    if stuck * 2 > len(windows):
        raise ValueError("it says the same again and again")


def check_length(summary: SummarySchema) -> None:
    """Raise `ValueError` for a field that is far longer than was asked for."""
    for path, text in iterate_texts(summary):
        most = _MAX_WORDS.get(path.split(".")[0], _MAX_FIELD_WORDS)
        prose = _FORMULA.sub(" ", text[:_MAX_CHARACTERS])
        words = len(_LATIN_WORD.findall(prose)) + len(_CJK.findall(prose)) / _CHARACTERS_PER_WORD
        if words > _TOO_LONG * most:
            raise ValueError(f"{path} has {words:.0f} words; write at most {most}")


def check_echo(texts: Iterable[str], schema: type[BaseModel], instruction: str) -> None:
    """Raise `ValueError` if a text is what the schema or the instruction says, given back."""
    instructions = _collect_descriptions(schema) + "\n" + strip_to_letters(instruction)
    for text in texts:
        letters = strip_to_letters(text[:_MAX_CHARACTERS])
        if len(letters) >= _MIN_ECHO_LETTERS and letters in instructions:
            raise ValueError("it gives the instruction back; say what the paper says")


def _check_subject(text: str, content: PaperContent) -> None:
    """Raise `ValueError` for a summary that has no content word of the paper, where both are written in Latin letters."""
    stems = find_stems(text)
    if len(stems) < _MIN_CONTENT_WORDS:
        return
    paper_stems: set[str] = set()
    for stem in (stem for part in content.texts for stem in _iterate_stems(part)):
        if stem in stems:  # mostly in the title or the abstract, which come first
            return
        paper_stems.add(stem)
    if len(paper_stems) >= _MIN_CONTENT_WORDS:
        raise ValueError("it speaks of something else than the paper")


def find_stems(text: str) -> set[str]:
    """The content words in Latin letters, cut to their stems."""
    return set(_iterate_stems(text))


def _iterate_stems(text: str) -> Iterator[str]:
    for match in _LATIN_WORD.finditer(text.lower()):
        if len(match[0]) > 2 and match[0] not in STOPWORDS:
            yield match[0][:_STEM]


@cache
def _collect_descriptions(schema: type[BaseModel]) -> str:
    """The letters of everything that a schema says to a model, a line for each description."""
    return "\n".join(strip_to_letters(text) for text in _iterate_descriptions(build_json_schema(schema)))


def _iterate_descriptions(node: Any) -> Iterable[str]:
    if isinstance(node, dict):
        if isinstance(node.get("description"), str):
            yield node["description"]
        for inner in node.values():
            yield from _iterate_descriptions(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _iterate_descriptions(inner)
