"""Extractive overview of a day, without a model: themes, terms on the rise, numbers against the next best, what to read.

Every line holds a term of several papers, a paper's own words or cells of its tables, and the links of the papers it
rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from digest_assets.config.fields import Language
from digest_assets.summaries.extractive.comparisons import Comparison
from digest_assets.summaries.extractive.sentence_features import is_repetition
from digest_assets.summaries.extractive.themes import EarlierPapers, FieldPaper, Theme, find_themes

# The overview is to be read in two minutes; a model is asked for as many themes (two to four) and papers (two to five).
_MAX_THEMES, _MAX_HIGHLIGHTS, _MAX_READING = 4, 5, 3
_MAX_LINKS = 5  # of a theme: a line

# The labels of every overview, also of one by a model.
OVERVIEW_LABELS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "opening": "An extractive overview of {count} papers, chosen from the {total} of the field today: terms that "
        "they share, and sentences and numbers of their own.",
        "opening_alone": "An extractive overview of {count} papers, chosen from the {total} of the field today: sentences and "
        "numbers of their own. They share no terms that would be a theme.",
        "earlier": "Terms are weighed against {papers} papers of the {days} mailings of the four weeks before.",
        "themes": "Themes",
        "rising": "More than in the weeks before",
        "highlights": "Highlights",
        "numbers": "Numbers against the next best",
        "reading": "To read in full",
        "counts": "{name} ({today} of {total} today, usually {usual})",
        "counts_alone": "{name} ({today} of {total} today)",
        "why": "Why: {reason}.",
        "between": ", ",
        "colon": ": ",
        "more": "and {count} more",
    },
    "zh": {
        "opening": "抽取式概览（extractive）：从当日该领域 {total} 篇论文中选出 {count} 篇，"
        "列出其共有术语，句子与数字均为论文原文。",
        "opening_alone": "抽取式概览（extractive）：从当日该领域 {total} 篇论文中选出 {count} 篇，"
        "句子与数字均为论文原文；这些论文没有可作主题的共有术语。",
        "earlier": "术语以此前四周 {days} 次公布的 {papers} 篇论文为参照。",
        "themes": "主题",
        "rising": "较前几周增多",
        "highlights": "亮点",
        "numbers": "与次优结果对比",
        "reading": "值得通读",
        "counts": "{name}（当日 {total} 篇中 {today} 篇，通常 {usual} 篇）",
        "counts_alone": "{name}（当日 {total} 篇中 {today} 篇）",
        "why": "理由：{reason}。",
        "between": "、",
        "colon": "：",
        "more": "另有 {count} 篇",
    },
}


@dataclass(frozen=True)
class OverviewEntry:
    """A paper of the day in the order of its report; its texts are plain Markdown in one line.

    Args:
        link: To its place in the report.
        paper: What its terms are taken from.
        contribution: What it brings, in a sentence.
        comparison: Its best number beside the next best; without a margin where a sentence of its own says so.
        reason: Why it is ranked where it stands.
    """

    link: str
    paper: FieldPaper
    contribution: str | None
    comparison: Comparison | None
    reason: str = ""


@dataclass(frozen=True)
class FieldDay:
    """What stands around a report's papers: the field's other papers of the day, and those of the weeks before."""

    others: tuple[FieldPaper, ...] = ()
    earlier: EarlierPapers = field(default_factory=EarlierPapers)


def extract_overview(entries: Sequence[OverviewEntry], around: FieldDay, language: Language) -> str:
    """Themes, highlights and a reading list as Markdown; empty without papers."""
    if not entries:
        return ""
    labels = OVERVIEW_LABELS[language]
    total = len(entries) + len(around.others)
    themes, rising = find_themes([entry.paper for entry in entries], around.others, around.earlier, _MAX_THEMES)
    opening = labels["opening" if themes or rising else "opening_alone"].format(count=len(entries), total=total)
    if around.earlier.are_enough:
        earlier = labels["earlier"].format(papers=len(around.earlier.papers), days=around.earlier.days)
        opening += ("" if language == "zh" else " ") + earlier
    blocks = [opening]
    for heading, lines in (
        (labels["themes"], [_write_theme(theme, entries, around, labels) for theme in themes]),
        (labels["rising"], [_write_theme(theme, entries, around, labels) for theme in rising]),
        (labels["numbers"], _write_highlights(entries)),
        (labels["reading"], [_write_reading(entry, labels) for entry in entries[:_MAX_READING]]),
    ):
        if lines:
            blocks += [f"**{heading}**", "\n".join(f"- {line}" for line in lines)]
    return "\n\n".join(blocks)


def _write_theme(theme: Theme, entries: Sequence[OverviewEntry], around: FieldDay, labels: Mapping[str, str]) -> str:
    total = len(entries) + len(around.others)
    usual = ""
    if around.earlier.are_enough:
        expected = total * theme.earlier_papers / len(around.earlier.papers)
        usual = f"{expected:.0f}" if expected >= 9.5 else f"{expected:.1f}"  # no more digits than are known
    counts = labels["counts" if usual else "counts_alone"]
    name = counts.format(name=f"**{theme.name}**", today=theme.day_papers, total=total, usual=usual)
    links = [entries[place].link for place in theme.papers[:_MAX_LINKS]]
    if len(theme.papers) > _MAX_LINKS:
        links.append(labels["more"].format(count=len(theme.papers) - _MAX_LINKS))
    return f"{name}{labels['colon']}{labels['between'].join(links)}"


def _write_highlights(entries: Sequence[OverviewEntry]) -> list[str]:
    """Comparisons of tables, the widest first, then those that the papers state, in the report's order."""
    found = [(entry, entry.comparison) for entry in entries if entry.comparison is not None]
    found.sort(key=lambda item: -item[1].margin)
    shown: list[str] = []
    lines: list[str] = []
    for entry, comparison in found:
        if len(lines) < _MAX_HIGHLIGHTS and not any(is_repetition(comparison.text, other) for other in shown):
            shown.append(comparison.text)
            lines.append(f"{comparison.text} ({entry.link})")
    return lines


def _write_reading(entry: OverviewEntry, labels: Mapping[str, str]) -> str:
    why = labels["why"].format(reason=entry.reason) if entry.reason else ""
    reason = " ".join(filter(None, (entry.contribution, why)))
    return entry.link + (labels["colon"] + reason if reason else "")
