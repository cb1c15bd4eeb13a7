"""A paper's trouble in the extractive engine is that paper's: its row says so, and holds what the abstract gives."""

import json

import pytest

from digest_assets.config.fields import FORMATS, ReportName
from digest_assets.summaries import drafts
from digest_assets.summaries.drafts import Draft, build_rows
from digest_assets.summaries.requests import PaperContent, SummaryRequest, build_abstract_text
from digest_assets.summaries.schemas import get_schema
from digest_assets.summaries.tables import SummaryRow
from digest_assets.testing.row_factories import make_paper


def _summarise(abstract: str, report: ReportName = "category_digest", title: str = "One") -> SummaryRow:
    paper = make_paper("2512.00001", abstract=abstract, title=title)
    content = PaperContent(paper, build_abstract_text(paper))
    (row,) = build_rows([Draft(SummaryRequest(paper.day, report, "en", content))])
    return row


@pytest.mark.parametrize("report", FORMATS)
@pytest.mark.parametrize(
    "abstract",
    ["Summary: We present a lamp that folds.", "I have drawn lamps. I'll show that I can. I am done."],
)
def test_sentences_that_sound_like_chat_are_the_papers_own(report: ReportName, abstract: str) -> None:
    row = _summarise(abstract, report)
    assert not row.failed
    assert any(sentence.strip() in row.fields for sentence in abstract.split("."))


@pytest.mark.parametrize("report", FORMATS)
def test_an_engine_that_fails_on_a_text_leaves_the_abstracts_first_sentence(
    report: ReportName, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(drafts, "extract_summary", fail)
    row = _summarise("We fold lamps. They are bright.", report)
    assert row.failed
    assert row.note == "summarising failed (RecursionError: too deep): from the abstract alone"
    assert "We fold lamps." in row.fields
    get_schema(report).model_validate_json(row.fields)


def test_a_paper_without_an_abstract_shows_its_title(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "extract_summary", lambda *_: 1 / 0)
    assert json.loads(_summarise("", title="A folding lamp").fields)["tldr"] == "A folding lamp"


def test_a_text_that_takes_too_long_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise TimeoutError("its text took more than 30 s")

    monkeypatch.setattr(drafts, "extract_summary", fail)
    assert _summarise("We fold lamps.").can_retry
