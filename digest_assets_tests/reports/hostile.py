"""Editions for tests: plain ones, empty ones, and hostile ones by Hypothesis, whose texts try to act on what shows them."""

import json
from datetime import date
from typing import Any

from hypothesis import strategies as st

from digest_assets.config.fields import FORMATS, ReportName
from digest_assets.config.settings import Settings
from digest_assets.reports.edition import Edition, build_edition
from digest_assets.reports.validate import ParsedReport
from digest_assets.summaries.schemas import get_schema
from digest_assets.testing import row_factories
from digest_assets.testing.row_factories import SATURDAY

GROUP: dict[ReportName, str] = {"topic_digest": "neural rendering"}

HOSTILE_LINES = [
    "---",
    "===",
    "# One",
    "## 📄 Two",
    "### 3. Core Idea",
    "</details>",
    "<details><summary>x</summary>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[2512.00001](#2512.00001v1)",
    "| a | b |",
    "|---|---|",
    "```",
    "~~~ python",
    "- (No results)",
    "<sub>Read: HTML · written by extractive · 2/2 figures traced</sub>",
    "**Links:**",
    "**Key Findings:**",
    "=" * 60,
    "1. a",
    "> b",
    "$\\mathcal{L}_{a}$ | $\\|x\\|$",
    "\u202eevil\u2066",
    "a" * 10_000,
    "N/A",
    "[a]: http://evil.example",
    "<!-- x",
    "]]>",
    "**“引用”**在中文",
]
hostile = st.one_of(
    st.lists(st.sampled_from(HOSTILE_LINES), max_size=4).map("\n\n".join),
    st.lists(st.sampled_from(HOSTILE_LINES), max_size=4).map("\n".join),
    st.text(max_size=60),
)


def choice_of(report: ReportName, language: str = "en") -> Settings:
    extra: dict[str, Any] = {"language": language}
    if report == "topic_digest":
        extra["topics"] = ["neural rendering", "avatar"]
    if report == "category_digest":
        extra["categories"] = ["cs.CV", "cs.CY"]
    return row_factories.make_settings(**{report: extra})


def plain_edition(report: ReportName, choice: Settings) -> Edition:
    papers = [row_factories.make_paper("2512.00001"), row_factories.make_paper("2512.00002", title="Two")]
    return row_factories.make_edition(
        report,
        papers,
        choice,
        group=GROUP.get(report, "cs.CV"),
        overviews=[row_factories.make_overview("A claim ([One](#2512.00001v1)).")],
    )


def empty_edition(report: ReportName, choice: Settings, day: date = SATURDAY) -> Edition:
    return build_edition(report, row_factories.make_day_tables(day=day), choice)


@st.composite
def hostile_values(draw: st.DrawFn, annotation: Any) -> Any:
    """A value for a field of a profile's JSON schema."""
    kind = annotation.get("type")
    if "anyOf" in annotation:
        return draw(hostile_values(draw(st.sampled_from(annotation["anyOf"]))))
    if kind == "null":
        return None
    if kind == "array":
        return [draw(hostile_values(annotation["items"])) for _ in range(draw(st.integers(0, 2)))]
    if kind == "object":
        return {name: draw(hostile_values(inner)) for name, inner in annotation["properties"].items()}
    return draw(hostile)


def schema_of(report: ReportName) -> dict[str, Any]:
    """The profile's JSON schema without references."""
    schema = get_schema(report).model_json_schema()

    def resolved(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolved(schema["$defs"][node["$ref"].rsplit("/", 1)[-1]])
            return {key: resolved(value) for key, value in node.items() if key != "$defs"}
        return [resolved(item) for item in node] if isinstance(node, list) else node

    return resolved(schema)  # type: ignore[no-any-return]


@st.composite
def hostile_editions(draw: st.DrawFn) -> tuple[Edition, Settings]:
    report = draw(st.sampled_from(FORMATS))
    choice = choice_of(report, draw(st.sampled_from(["en", "zh"])))
    engine = draw(st.sampled_from(["extractive", "openai"]))
    papers = [
        row_factories.make_paper(
            paper_id,
            title=draw(hostile),
            abstract=draw(hostile),
            authors=draw(st.lists(hostile, max_size=7)),
            version=draw(st.sampled_from([None, 1, 12])),
        )
        for paper_id in ("2512.00001", "math.GT/0309136")
    ]
    fields = json.loads(json.dumps(draw(hostile_values(schema_of(report)))))
    edition = row_factories.make_edition(
        report,
        papers,
        choice,
        fields=fields,
        group=GROUP.get(report, "cs.CV"),
        engine=engine,
        model=draw(hostile) if engine == "openai" else None,
        note=draw(hostile),
        overviews=[row_factories.make_overview(draw(hostile), engine=engine, note=draw(hostile), language="en")],
    )
    return edition, choice


def find_differences(edition: Edition, parsed: ParsedReport) -> list[str]:
    """In what a parsed report differs from the edition that it was rendered from; nothing if they agree."""
    expected = [(group.name, [entry.paper.id for entry in group.entries]) for group in edition.groups]
    found = [(group.name, [paper.id for paper in group.papers]) for group in parsed.groups]
    if edition.report not in ("topic_digest", "category_digest"):
        expected = [("", [entry.paper.id for entry in edition.entries])]
    problems = [f"day: {parsed.day}, expected {edition.day}"] if parsed.day != edition.day else []
    if found != expected:
        problems.append(f"papers: {found}, expected {expected}")
    return problems
