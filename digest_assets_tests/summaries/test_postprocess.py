"""What every summary goes through: chat phrases go, evidence is verified, numbers are traced and marked."""

from pathlib import Path

import pytest

from digest_assets.common.errors import ModelError
from digest_assets.config.settings import Config
from digest_assets.summaries.extractive.reports import format_hugging_face_keywords
from digest_assets.summaries.llm_summaries import build_llm_request
from digest_assets.summaries.postprocess import Postprocessor
from digest_assets.summaries.requests import PaperContent, build_request
from digest_assets.summaries.schemas import SCHEMAS, CategoryDigest, DailyTable, FieldReview, Finding, TopicDigest
from digest_assets.summaries.tables import SummaryClaim
from digest_assets.testing.fake_llm.schema_filling import fill_schema
from digest_assets.testing.labelled_claims import load_labelled_paper
from digest_assets.testing.row_factories import make_paper
from digest_assets.testing.summary_days import make_numbered_paper, make_sectioned_text

PAPER = make_numbered_paper(1)
MATERIAL = PaperContent(PAPER, make_sectioned_text(PAPER))


def review(**values: object) -> FieldReview:
    empty = dict.fromkeys(("contribution", "method", "results", "limitations", "impact", "relevance"))
    return FieldReview.model_validate({**empty, "key_findings": (), **values})


def test_a_number_that_the_text_does_not_state_is_marked_where_it_stands() -> None:
    done = Postprocessor(MATERIAL).postprocess(
        review(results="It reaches 61.5% and saves 97% of the time."), by_model=True
    )
    assert done.summary.results == "It reaches 61.5% and saves 97% ⚠ of the time ⚠."
    assert [(number.field, number.text, number.status) for number in done.numbers] == [
        ("results", "61.5%", "found"),
        ("results", "97%", "missing"),
    ]
    assert done.numbers_traced == 1


def test_title_abstract_and_sections_are_the_text_that_was_read() -> None:
    said = "It is of kind 1, 3.3 points better, and takes 11 ms."
    done = Postprocessor(MATERIAL).postprocess(review(results=said), by_model=True)
    assert {number.status for number in done.numbers} == {"found"}
    assert done.summary.results == said


def test_evidence_becomes_the_text_s_own_sentence() -> None:
    finding = Finding(finding="Inference is quick.", evidence="inference takes 11 ms on a single graphics card")
    done = Postprocessor(MATERIAL).postprocess(review(key_findings=(finding,)), by_model=True)
    assert done.summary.key_findings[0].evidence == "Inference takes 11 ms on a single graphics card."
    assert done.summary.key_findings[0].finding == "Inference is quick."


def test_evidence_that_does_not_exist_goes_and_a_finding_that_nothing_supports_is_marked() -> None:
    finding = Finding(finding="It sings.", evidence="The filter sings a song while it maps the streets of the town.")
    done = Postprocessor(MATERIAL).postprocess(review(key_findings=(finding,)), by_model=True)
    assert done.summary.key_findings == (Finding(finding="It sings ⚠.", evidence=None),)
    assert [(claim.field, claim.sentence, claim.verdict) for claim in done.claims] == [
        ("key_findings.0.finding", "It sings.", "unsupported")
    ]


def test_every_sentence_has_a_verdict_and_the_places_that_it_stands_on() -> None:
    said = "Inference takes 11 ms on a single graphics card. It cures the common cold in dogs."
    done = Postprocessor(MATERIAL).postprocess(review(results=said), by_model=True)
    assert [claim.verdict for claim in done.claims] == ["quoted", "unsupported"]
    (span,) = done.claims[0].spans
    assert MATERIAL.text.sections[span.section].text[span.start : span.end] == span.quote
    assert done.summary.results == said.removesuffix(".") + " ⚠."


def test_sentences_that_nothing_supports_can_be_left_out() -> None:
    said = "Inference takes 11 ms on a single graphics card. It cures the common cold in dogs."
    done = Postprocessor(MATERIAL).postprocess(
        review(results=said, impact="It cures colds."), by_model=True, unsupported="drop"
    )
    assert done.summary.results == "Inference takes 11 ms on a single graphics card."
    assert done.summary.impact is None
    assert {claim.verdict for claim in done.claims} == {"quoted"}


def test_hugging_face_s_keywords_are_known_as_such() -> None:
    paper = PAPER.model_copy(update={"hf_keywords": ("night maps", "optics")})
    text = format_hugging_face_keywords(paper)
    done = Postprocessor(PaperContent(paper, MATERIAL.text)).postprocess(review(relevance=text), by_model=False)
    assert done.summary.relevance == text
    assert [claim.verdict for claim in done.claims] == ["quoted"]


def test_a_finding_without_evidence_stays() -> None:
    done = Postprocessor(MATERIAL).postprocess(
        review(key_findings=(Finding(finding="A single graphics card infers in 11 ms.", evidence=None),)), by_model=True
    )
    assert [item.finding for item in done.summary.key_findings] == ["A single graphics card infers in 11 ms."]


def test_a_model_s_finding_that_is_an_abstract_sentence_goes_and_an_extracted_one_stays() -> None:
    copied = Finding(finding="Maps drawn at night are blurred.", evidence=None)
    assert (
        Postprocessor(MATERIAL)
        .postprocess(review(method="m", key_findings=(copied,)), by_model=True)
        .summary.key_findings
        == ()
    )
    assert (
        len(Postprocessor(MATERIAL).postprocess(review(key_findings=(copied,)), by_model=False).summary.key_findings)
        == 1
    )


def test_evidence_is_not_counted_as_a_number_of_the_summary() -> None:
    finding = Finding(finding="It is quick.", evidence="Inference takes 11 ms on a single graphics card.")
    assert Postprocessor(MATERIAL).postprocess(review(key_findings=(finding,)), by_model=True).numbers == ()


@pytest.mark.parametrize("filler", ["N/A", "Not mentioned.", "未提及", " "])
def test_a_filler_is_nothing(filler: str) -> None:
    digest = CategoryDigest(tldr="It maps.", motivation=filler, method=None, result=None, conclusion=None)
    assert Postprocessor(MATERIAL).postprocess(digest, by_model=True).summary.motivation is None


def test_a_filler_in_a_list_goes_with_its_item() -> None:
    values: dict[str, object] = dict.fromkeys(name for name in TopicDigest.model_fields)
    lists = ("datasets_and_metrics", "baselines", "ablations", "limitations", "pros", "cons", "future_work")
    values |= dict.fromkeys(lists, ()) | {
        "related_work": [{"work": "N/A", "challenge": "N/A"}, {"work": "DimNet", "challenge": "moving lights"}],
        "main_results": ["61.5% accuracy", "N/A"],
    }
    done = Postprocessor(MATERIAL).postprocess(TopicDigest.model_validate(values), by_model=True).summary
    assert [item.work for item in done.related_work] == ["DimNet"]
    assert done.main_results == ("61.5% accuracy",)


def test_a_summary_that_says_nothing_where_it_must_is_an_error() -> None:
    with pytest.raises(ModelError, match="says nothing"):
        Postprocessor(MATERIAL).postprocess(DailyTable(summary="N/A"), by_model=True)


def test_postprocessing_again_changes_nothing() -> None:
    finding = Finding(finding="Saves 97% of it.", evidence="Inference takes 11 ms on a single graphics card.")
    postprocessor = Postprocessor(MATERIAL)
    once = postprocessor.postprocess(
        review(results="It saves 97% of the time.", key_findings=(finding,)), by_model=True
    )
    again = postprocessor.postprocess(once.summary, by_model=True)
    assert again == once


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.long) for name in ("2310.06825.html", "1706.03762.html", "2205.14135.pdf")],
)
def test_what_is_written_from_the_papers_own_sentences_is_found_there(corpus: Path, name: str) -> None:
    read = load_labelled_paper(corpus, name)
    abstract = next(section.text for section in read.text.sections if section.role == "abstract")
    paper = make_paper(read.text.id, title=read.title, abstract=" ".join(abstract.split()))
    claims: list[SummaryClaim] = []
    for report in SCHEMAS:
        request = build_request(paper, read.text, report, "en", Config().reports)
        prompt = build_llm_request(request, Config()).prompt
        answer = request.schema.model_validate(fill_schema(request.schema.model_json_schema(), prompt))
        claims += Postprocessor(request.content).postprocess(answer, by_model=True).claims
    assert sum(bool(claim.spans) for claim in claims) >= 0.9 * len(claims)
    assert sum(claim.verdict == "unsupported" for claim in claims) <= 0.02 * len(claims)
