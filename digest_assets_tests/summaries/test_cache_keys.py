"""The keys of the LLM cache are those of release 0.1.0, so that what it asked and paid for is never asked again.

Keys hash prompts and JSON schemas, and a schema holds its class's name, docstring and descriptions. What is asked anew is
asked in new words; but each request knows the key that it had in release 0.1.0 (`prompts/release_0_1_0`), and an answer
that is cached under it still holds. A test that fails here after a change of a schema is right: what 0.1.0 paid for would be
paid for anew.
"""

import json
import pickle
from datetime import date
from pathlib import Path

import pytest

from digest_assets.config.custom_reports import load_custom_reports
from digest_assets.config.settings import Config
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries import llm_summaries, overview
from digest_assets.summaries.requests import SummaryRequest, build_request
from digest_assets.summaries.schemas import get_schema
from digest_assets.summaries.tables import SummaryRow
from digest_assets.texts.tables import Section, TextRow

RELEASE_0_1_0 = {
    "topic_digest": "ce2bd2dc9f8a45ba",
    "daily_table": "f9ad143c403b81cc",
    "field_review": "f49ed795ed091e7a",
    "category_digest": "da69762ae6f3e94d",
    "deep_read": "27391b3a8a94ca43",
    "practice": "b20adceffd8a78f9",
}
IN_CHINESE = "6008d3a174258752"  # of topic_digest
NOTES = "e8eb74cd40cb2e7f"
OVERVIEW = "ae0f4515a70dced7"

DAY = date(2025, 12, 5)
PAPER = PaperRow(
    day=DAY,
    id="2512.00001",
    title="Lanterns at night",
    abstract="We propose Lantern. It gains 3.3 points.",
    authors=("Ada Example",),
    categories=("cs.CV",),
    sources=("arxiv_listing",),
)
TEXT = TextRow(
    day=DAY,
    id=PAPER.id,
    source="html",
    sections=(Section(role="method", level=1, heading="The filter", text="Lantern has three stages."),),
    characters=25,
    sha256="0" * 64,
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    folder = tmp_path / "practice"
    folder.mkdir()
    (folder / "report.yaml").write_text(
        "papers: {based_on: deep_read}\n"
        "fields:\n"
        "  use: {description: What it is good for.}\n"
        "  data: {description: Its datasets., list: true}\n"
    )
    for name in ("prompt.md", "template.md.jinja"):
        (folder / name).write_text("Say what it is good for.\n")
    summaries = {"engine": "openai", "model": "fake-llm", "parameters": {"temperature": 0}}
    config = Config.model_validate({"summaries": summaries})
    return config.model_copy(update={"reports": config.reports.with_custom(load_custom_reports(tmp_path))})


def _build(report: str, config: Config) -> SummaryRequest:
    return build_request(PAPER, TEXT, report, "en", config.reports)


@pytest.mark.parametrize("report", RELEASE_0_1_0)
def test_a_summarys_key_is_that_of_the_release(report: str, config: Config) -> None:
    keys = llm_summaries.build_llm_request(_build(report, config), config).keys
    assert [key[:16] for key in keys[1:]] == [RELEASE_0_1_0[report]]


def test_a_chinese_summarys_key_is_that_of_the_release(config: Config) -> None:
    request = build_request(PAPER, TEXT, "topic_digest", "zh", config.reports)
    assert llm_summaries.build_llm_request(request, config).keys[1].startswith(IN_CHINESE)


def test_the_key_of_notes_is_that_of_the_release(config: Config) -> None:
    request = llm_summaries._build_notes_request(_build("deep_read", config), config, TEXT.sections, 1, 2)
    assert request.keys[1].startswith(NOTES)


def test_an_overviews_key_is_that_of_the_release(config: Config) -> None:
    texts = {"contribution": "Lantern.", "results": "It gains 3.3 points."}
    fields = dict.fromkeys(get_schema("field_review").model_fields) | texts
    fields |= {"key_findings": [{"finding": "It gains.", "evidence": "It gains 3.3 points."}]}
    row = SummaryRow(
        day=DAY,
        id=PAPER.id,
        report="field_review",
        language="en",
        engine="extractive",
        fields=json.dumps(fields),
        numbers=(),
        numbers_traced=0,
        numbers_total=0,
        key="k",
    )
    request = overview.OverviewRequest(DAY, "field_review", "en", ((PAPER, row),))
    assert overview.build_llm_request(request, config).keys[1].startswith(OVERVIEW)


def test_a_custom_reports_summary_reaches_another_process(config: Config) -> None:
    request = _build("practice", config)
    summary = request.schema.model_validate({"use": "Maps.", "data": ["NightMaps"]})
    there = pickle.loads(pickle.dumps(summary))
    assert there == summary
    assert type(there) is type(summary)
