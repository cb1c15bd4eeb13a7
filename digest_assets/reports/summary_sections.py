"""A summary as labelled sections, whatever its profile: what the pages of reports and papers show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from digest_assets.config.reports import Language
from digest_assets.summaries.schemas import CategoryDigest, DailyTable, DeepRead, FieldReview, OwnProfile, TopicDigest


@dataclass(frozen=True, slots=True)
class Point:
    """One thing said: with a lead, several texts, or the sentence of the paper that it rests on."""

    texts: tuple[str, ...]
    lead: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Points under one label; the label of a summary's only text is empty."""

    label: str
    points: tuple[Point, ...]
    listed: bool = False


TITLES: Mapping[str, str] = {
    "topic_digest": "Topic digest",
    "daily_table": "Hugging Face daily papers",
    "field_review": "Field review",
    "category_digest": "Category digest",
    "deep_read": "Hugging Face, read in full",
}
_DEEP_READ_LABELS: dict[Language, tuple[str, ...]] = {
    "en": ("Application area", "Core contribution", "How to use it", "Main innovations", "Experimental results"),
    "zh": ("应用领域", "一句话核心贡献", "使用指南", "主要创新点", "实验效果"),
}
_USAGE_LABELS: dict[Language, dict[str, str]] = {
    "en": {"input": "Input", "output": "Output", "workflow": "Workflow", "hardware": "Hardware", "code": "Code"},
    "zh": {"input": "输入", "output": "输出", "workflow": "流程", "hardware": "硬件", "code": "代码"},
}


def outline(profile: Any, language: Language) -> tuple[Section, ...]:
    """The sections of a profile that say something, in the report's order."""
    match profile:
        case TopicDigest():
            sections = _topic_digest(profile)
        case DailyTable():
            sections = [_text("", profile.summary)]
        case FieldReview():
            sections = _field_review(profile)
        case CategoryDigest():
            sections = [
                _text("TL;DR", profile.tldr),
                _text("Motivation", profile.motivation),
                _text("Method", profile.method),
                _text("Result", profile.result),
                _text("Conclusion", profile.conclusion),
            ]
        case DeepRead():
            sections = _deep_read(profile, language)
        case OwnProfile():
            sections = [_own(titled(name), value) for name, value in profile]
        case _:
            raise TypeError(f"no outline for {type(profile).__name__}")
    return tuple(section for section in sections if section.points)


def lead(profile: Any) -> str | None:
    """The one sentence that says what the paper is: the profile's own, else nothing."""
    match profile:
        case TopicDigest():
            return profile.core_idea or profile.task
        case FieldReview():
            return profile.contribution
        case CategoryDigest():
            return profile.tldr
        case DeepRead():
            return profile.core_contribution
        case DailyTable():
            return profile.summary
        case OwnProfile():
            return next((value for _, value in profile if isinstance(value, str)), None)
    raise TypeError(f"no lead in {type(profile).__name__}")


def texts(profile: Any) -> Iterable[str]:
    """Every text of a summary, for the search."""
    for section in outline(profile, "en"):
        for point in section.points:
            yield from point.texts


def _topic_digest(profile: TopicDigest) -> list[Section]:
    challenges = tuple(f"{known.work}: {known.challenge}" for known in profile.related_work)
    return [
        _text("Task / Problem", profile.task),
        _points("Motivation & Gaps", (None, profile.motivation), ("Related work challenges", challenges)),
        _text("Core Idea", profile.core_idea),
        _points(
            "Method",
            ("Pipeline", profile.pipeline),
            ("Architecture / Loss / Training", profile.architecture),
            ("Complexity / Resources", profile.complexity),
        ),
        _points(
            "Experiments",
            ("Datasets & Metrics", profile.datasets_and_metrics),
            ("Baselines", profile.baselines),
            ("Main Results", profile.main_results),
            ("Ablations", profile.ablations),
            ("Limitations / Stress Tests", profile.limitations),
        ),
        _points("Takeaways", ("Pros", profile.pros), ("Cons", profile.cons), ("Future Work", profile.future_work)),
    ]


def _field_review(profile: FieldReview) -> list[Section]:
    findings = tuple(
        Point((item.finding,), evidence=item.evidence if item.evidence != item.finding else None)
        for item in profile.key_findings
    )
    return [
        _text("Contribution", profile.contribution),
        _text("Method", profile.method),
        _text("Results", profile.results),
        _text("Limitations", profile.limitations),
        _text("Impact", profile.impact),
        _text("Relevance", profile.relevance),
        Section("Key findings", findings, listed=True),
    ]


def _deep_read(profile: DeepRead, language: Language) -> list[Section]:
    area, core, usage, innovations, results = _DEEP_READ_LABELS[language]
    steps = [(label, getattr(profile.usage, name)) for name, label in _USAGE_LABELS[language].items()]
    return [
        _text(area, profile.application_area),
        _text(core, profile.core_contribution),
        _points(usage, *steps),
        Section(innovations, tuple(Point((new.detail,), lead=new.lead) for new in profile.innovations), listed=True),
        Section(results, tuple(Point((result,)) for result in profile.experimental_results), listed=True),
    ]


def titled(name: str) -> str:
    """A report's or a field's name for people."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def _own(label: str, value: str | tuple[str, ...] | None) -> Section:
    if isinstance(value, tuple):
        return Section(label, tuple(Point((item,)) for item in value), listed=True)
    return _text(label, value)


def _text(label: str, value: str | None) -> Section:
    return Section(label, (Point((value,)),) if value else ())


def _points(label: str, *pairs: tuple[str | None, str | tuple[str, ...] | None]) -> Section:
    points = [Point((value,) if isinstance(value, str) else value, lead=name) for name, value in pairs if value]
    return Section(label, tuple(points), listed=True)
