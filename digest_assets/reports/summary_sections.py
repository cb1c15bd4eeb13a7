"""A summary as labelled sections, whatever its profile: what the pages of reports and papers show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from digest_assets.config.reports import Language
from digest_assets.summaries.schemas import CategoryDigest, DailyTable, DeepRead, FieldReview, OwnProfile, TopicDigest


@dataclass(frozen=True, slots=True)
class SummaryPoint:
    """One thing said: with a lead, several texts, or the sentence of the paper that it rests on."""

    texts: tuple[str, ...]
    lead: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class SummarySection:
    """Points under one label; the label of a summary's only text is empty."""

    label: str
    points: tuple[SummaryPoint, ...]
    as_list: bool = False


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


def build_sections(profile: Any, language: Language) -> tuple[SummarySection, ...]:
    """The sections of a profile that say something, in the report's order."""
    match profile:
        case TopicDigest():
            sections = _build_topic_digest(profile)
        case DailyTable():
            sections = [_make_text_section("", profile.summary)]
        case FieldReview():
            sections = _build_field_review(profile)
        case CategoryDigest():
            sections = [
                _make_text_section("TL;DR", profile.tldr),
                _make_text_section("Motivation", profile.motivation),
                _make_text_section("Method", profile.method),
                _make_text_section("Result", profile.result),
                _make_text_section("Conclusion", profile.conclusion),
            ]
        case DeepRead():
            sections = _build_deep_read(profile, language)
        case OwnProfile():
            sections = [_make_custom_section(display_name(name), value) for name, value in profile]
        case _:
            raise TypeError(f"no outline for {type(profile).__name__}")
    return tuple(section for section in sections if section.points)


def find_lead(profile: Any) -> str | None:
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


def iter_texts(profile: Any) -> Iterable[str]:
    """Every text of a summary, for the search."""
    for section in build_sections(profile, "en"):
        for point in section.points:
            yield from point.texts


def _build_topic_digest(profile: TopicDigest) -> list[SummarySection]:
    challenges = tuple(f"{known.work}: {known.challenge}" for known in profile.related_work)
    return [
        _make_text_section("Task / Problem", profile.task),
        _make_list_section("Motivation & Gaps", (None, profile.motivation), ("Related work challenges", challenges)),
        _make_text_section("Core Idea", profile.core_idea),
        _make_list_section(
            "Method",
            ("Pipeline", profile.pipeline),
            ("Architecture / Loss / Training", profile.architecture),
            ("Complexity / Resources", profile.complexity),
        ),
        _make_list_section(
            "Experiments",
            ("Datasets & Metrics", profile.datasets_and_metrics),
            ("Baselines", profile.baselines),
            ("Main Results", profile.main_results),
            ("Ablations", profile.ablations),
            ("Limitations / Stress Tests", profile.limitations),
        ),
        _make_list_section("Takeaways", ("Pros", profile.pros), ("Cons", profile.cons), ("Future Work", profile.future_work)),
    ]


def _build_field_review(profile: FieldReview) -> list[SummarySection]:
    findings = tuple(
        SummaryPoint((item.finding,), evidence=item.evidence if item.evidence != item.finding else None)
        for item in profile.key_findings
    )
    return [
        _make_text_section("Contribution", profile.contribution),
        _make_text_section("Method", profile.method),
        _make_text_section("Results", profile.results),
        _make_text_section("Limitations", profile.limitations),
        _make_text_section("Impact", profile.impact),
        _make_text_section("Relevance", profile.relevance),
        SummarySection("Key findings", findings, as_list=True),
    ]


def _build_deep_read(profile: DeepRead, language: Language) -> list[SummarySection]:
    area, core, usage, innovations, results = _DEEP_READ_LABELS[language]
    steps = [(label, getattr(profile.usage, name)) for name, label in _USAGE_LABELS[language].items()]
    return [
        _make_text_section(area, profile.application_area),
        _make_text_section(core, profile.core_contribution),
        _make_list_section(usage, *steps),
        SummarySection(innovations, tuple(SummaryPoint((new.detail,), lead=new.lead) for new in profile.innovations), as_list=True),
        SummarySection(results, tuple(SummaryPoint((result,)) for result in profile.experimental_results), as_list=True),
    ]


def display_name(name: str) -> str:
    """A report's or a field's name for people."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def _make_custom_section(label: str, value: str | tuple[str, ...] | None) -> SummarySection:
    if isinstance(value, tuple):
        return SummarySection(label, tuple(SummaryPoint((item,)) for item in value), as_list=True)
    return _make_text_section(label, value)


def _make_text_section(label: str, value: str | None) -> SummarySection:
    return SummarySection(label, (SummaryPoint((value,)),) if value else ())


def _make_list_section(label: str, *pairs: tuple[str | None, str | tuple[str, ...] | None]) -> SummarySection:
    points = [SummaryPoint((value,) if isinstance(value, str) else value, lead=name) for name, value in pairs if value]
    return SummarySection(label, tuple(points), as_list=True)
