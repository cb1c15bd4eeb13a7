"""Extractive overview of a day, without a model: themes of several papers, measured results, a reading list.

Every line holds a paper's own words or a term that several papers use, and the links of the papers it rests on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest_assets.config.fields import Language
from digest_assets.summaries.extractive.sentence_features import STOPWORDS, has_measurement, is_repetition
from digest_assets.texts.sentences import split_sentences

# The overview is to be read in two minutes; a model is asked for as many themes (two to four) and papers (two to five).
_MAX_THEMES, _MAX_HIGHLIGHTS, _MAX_READING = 4, 5, 3

# The labels of every overview, also of one by a model.
OVERVIEW_LABELS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "opening": "An extractive overview of {count} papers: terms that they share, and sentences of their own.",
        "themes": "Themes",
        "highlights": "Highlights",
        "reading": "To read in full",
        "between": ", ",
    },
    "zh": {
        "opening": "抽取式概览（extractive），共 {count} 篇论文：列出其共有术语，句子均为论文原文。",
        "themes": "主题",
        "highlights": "亮点",
        "reading": "值得通读",
        "between": "、",
    },
}
# Words of many titles that name no theme by themselves.
_GENERIC_EN = (
    "towards toward learning deep neural network networks framework efficient robust novel large scale language "
    "analysis study benchmark benchmarks evaluation evaluating dataset datasets data system systems using guided "
    "driven aware enhanced improving improved adaptive unified general training generation task tasks performance "
    "design understanding survey review image images simple fast high low level multi single beyond better good "
    "can make making real world time free zero shot few end"
)
_GENERIC = frozenset(_GENERIC_EN.split())
_TERM_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]|[,.:;()]")


@dataclass(frozen=True)
class OverviewEntry:
    """A paper of the day in the order of its report; its texts are plain Markdown in one line."""

    link: str
    title: str
    contribution: str | None
    results: str | None


def extract_overview(entries: Sequence[OverviewEntry], language: Language) -> str:
    """Themes, highlights and a reading list as Markdown; empty without papers."""
    if not entries:
        return ""
    labels = OVERVIEW_LABELS[language]
    blocks = [labels["opening"].format(count=len(entries))]
    themes = [
        f"- {term}: {labels['between'].join(entry.link for entry in sharing)}"
        for term, sharing in _find_themes(entries)
    ]
    highlights: dict[str, str] = {}
    for entry in entries:
        result = _find_measured_sentence(entry.results)
        if result and not any(is_repetition(result, other) for other in highlights):
            highlights[result] = f"- {result} ({entry.link})"
    reading = [
        f"- {entry.link}" + (f": {entry.contribution}" if entry.contribution else "")
        for entry in entries[:_MAX_READING]
    ]
    for heading, lines in (
        (labels["themes"], themes),
        (labels["highlights"], list(highlights.values())[:_MAX_HIGHLIGHTS]),
        (labels["reading"], reading),
    ):
        if lines:
            blocks += [f"**{heading}**", "\n".join(lines)]
    return "\n\n".join(blocks)


def _find_measured_sentence(results: str | None) -> str | None:
    return next((sentence for sentence in split_sentences(results or "") if has_measurement(sentence)), None)


def _find_themes(entries: Sequence[OverviewEntry]) -> list[tuple[str, list[OverviewEntry]]]:
    """Terms that at least two papers share, the most shared first; each adds papers that those before do not have."""
    papers: dict[str, list[int]] = {}
    spellings: dict[str, str] = {}
    for index, entry in enumerate(entries):
        for term in [*_extract_terms(f"{entry.title}. {entry.contribution or ''}"), *_extract_subjects(entry.title)]:
            sharing = papers.setdefault(_stem(term), [])
            spellings.setdefault(_stem(term), term)
            if index not in sharing:
                sharing.append(index)
    most = max(2, len(entries) * 2 // 3)  # what more papers share is the day's field and no theme
    ranked = sorted(
        (key for key, sharing in papers.items() if 2 <= len(sharing) <= most),
        key=lambda key: (-len(papers[key]) * len(key.split()), key),
    )
    themes: list[tuple[str, list[OverviewEntry]]] = []
    covered: set[int] = set()
    for key in ranked:
        if len(themes) < _MAX_THEMES and len(set(papers[key]) - covered) >= min(2, len(papers[key])):
            themes.append((spellings[key], [entries[index] for index in papers[key]]))
            covered.update(papers[key])
    return themes


def _extract_terms(text: str) -> list[str]:
    """Runs of two or three words without a stop word, and single words that are abbreviations."""
    terms: list[str] = []
    run: list[str] = []
    for word in [*_TERM_WORD.findall(text), "."]:
        if len(word) > 1 and word.lower() not in STOPWORDS:
            run.append(word if sum(map(str.isupper, word)) > 1 else word.lower())
            continue
        terms += [" ".join(run[i : i + n]) for n in (3, 2) for i in range(len(run) - n + 1)]
        terms += [word for word in run if sum(map(str.isupper, word)) > 1]
        run = []
    return terms


def _extract_subjects(title: str) -> list[str]:
    """Single words of a title that may name a theme."""
    words = (word.lower() for word in _TERM_WORD.findall(title))
    return [
        word for word in words if len(word) > 4 and word not in STOPWORDS and _stem(word) not in _GENERIC | STOPWORDS
    ]


def _stem(term: str) -> str:
    return re.sub(r"(?<=[a-z]{3})s\b", "", term.lower().replace("-", " "))
