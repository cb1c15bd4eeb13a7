"""Places that a model cites by number: looked up, checked, counted, and never seen in a report."""

from collections.abc import Callable
from pathlib import Path

import pytest

from digest_assets.config.fields import FORMATS
from digest_assets.config.settings import Config
from digest_assets.llm.requests import estimate_tokens
from digest_assets.summaries.citations import find_cited, number_sections, split_citations, strip_citations, strip_marks
from digest_assets.summaries.llm_summaries import _build_notes_request, _split, build_llm_request
from digest_assets.summaries.map_reduce import Notes, merge_notes
from digest_assets.summaries.postprocess import CheckedSummary, Postprocessor
from digest_assets.summaries.requests import PaperContent, build_request
from digest_assets.summaries.schemas import CategoryDigest, DailyTable, FieldReview, Finding
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.model_days import make_model_day
from digest_assets.testing.summary_days import make_numbered_paper, make_sectioned_text
from digest_assets.texts.tables import Section

PAPER = make_numbered_paper(1)
TEXT = make_sectioned_text(PAPER)
CONTENT = PaperContent(PAPER, TEXT)
NUMBERED = "\n".join(section.text for section in number_sections(TEXT))
COST = "Inference takes 11 ms on a single graphics card."


def number_of(sentence: str) -> int:
    """The number that a sentence of the paper has in the prompt."""
    before = NUMBERED[: NUMBERED.index(sentence)]
    return int(before.rsplit("[#", 1)[1].split("]")[0])


def check(text: str) -> CheckedSummary[DailyTable]:
    return Postprocessor(CONTENT).postprocess(DailyTable(summary=text), by_model=True)


def test_sentences_and_table_rows_are_numbered_through_the_whole_paper() -> None:
    table = Section(role="results", level=1, heading="B", text="We test it.\n\nMethod | AP\nOurs | 51.2\n\nIt wins.")
    text = TEXT.model_copy(update={"sections": (Section(role="method", level=1, heading="A", text="One. Two."), table)})
    first, second = number_sections(text)
    assert first.text == "[#1] One. [#2] Two."
    assert second.text == "[#3] We test it.\n\n[#4] Method | AP\n[#5] Ours | 51.2\n\n[#6] It wins."
    assert strip_marks(second.text) == table.text


@pytest.mark.parametrize(
    ("written", "read", "numbers"),
    [
        ("It is quick [#12].", "It is quick.", (12,)),
        ("It is quick. [#12]", "It is quick.", (12,)),
        ("It is quick.[#12][#15]", "It is quick.", (12, 15)),
        ("It is quick [#12, #15; 17].", "It is quick.", (12, 15, 17)),
        ("It is quick [#12-#14].", "It is quick.", (12, 13, 14)),
        ("It is quick [12].", "It is quick.", ()),  # a reference of the paper
        ("速度很快 [#12，#15]。", "速度很快。", (12, 15)),
        ("Weights lie in [0, 1] and [2] is a set.", "Weights lie in [0, 1] and [2] is a set.", ()),
    ],
)
def test_a_citation_is_read_however_a_model_writes_it(written: str, read: str, numbers: tuple[int, ...]) -> None:
    assert strip_citations(written) == read
    assert find_cited(written) == numbers


def test_a_citation_belongs_to_the_sentence_before_it() -> None:
    summary, cited = split_citations(DailyTable(summary="It maps [#3]. It is quick. [#9] It ends."))
    assert summary.summary == "It maps. It is quick. It ends."
    assert cited == {"itmaps": (3,), "itisquick": (9,)}


def test_a_sentence_stands_on_the_place_that_is_cited_for_it() -> None:
    # The abstract and the results both state the accuracy: what the model names is what is shown.
    result = "On NightMaps we reach 61.5% accuracy against 59.2% of DimNet."
    done = check(f"It reaches 61.5% accuracy on NightMaps [#{number_of(result)}].")
    assert done.summary.summary == "It reaches 61.5% accuracy on NightMaps."
    assert [span.quote for span in done.claims[0].spans] == [result]
    assert (done.citations_total, done.citations_confirmed) == (1, 1)


def test_a_place_that_does_not_exist_or_says_something_else_is_counted_and_not_shown() -> None:
    rain = number_of("Heavy rain remains hard for the filter.")
    done = check(f"{COST[:-1]} [#9999, #{rain}].")
    assert [span.quote for span in done.claims[0].spans] == [COST]
    assert (done.citations_total, done.citations_confirmed) == (2, 0)


def test_a_citation_makes_no_false_sentence_true() -> None:
    done = check(f"Inference takes 97 ms on a single graphics card [#{number_of(COST)}].")
    assert (done.claims[0].verdict, done.claims[0].reason, done.citations_confirmed) == ("unsupported", "number", 0)


def test_a_chinese_sentence_without_names_gets_the_place_that_is_cited_for_it() -> None:
    rain = "Heavy rain remains hard for the filter."
    done = check(f"大雨天气仍然是难点 [#{number_of(rain)}]。")
    assert (done.claims[0].verdict, [span.quote for span in done.claims[0].spans]) == ("undecided", [rain])


@pytest.mark.parametrize(
    "evidence", [f"[#{number_of(COST)}]", f"{COST[:-1]} [#{number_of(COST)}].", f"{COST[:-1]} [1].", COST]
)
def test_evidence_may_be_a_number_or_the_sentence_itself(evidence: str) -> None:
    empty = dict.fromkeys(("contribution", "method", "results", "limitations", "impact", "relevance"))
    finding = Finding(finding="One graphics card is enough for inference in 11 ms.", evidence=evidence)
    review = FieldReview.model_validate({**empty, "key_findings": (finding,)})
    done = Postprocessor(CONTENT).postprocess(review, by_model=True)
    assert done.summary.key_findings[0].evidence == COST
    assert (done.citations_total, done.citations_confirmed) == (1, 1)


def test_evidence_that_says_something_else_than_its_finding_goes() -> None:
    empty = dict.fromkeys(("contribution", "method", "results", "limitations", "impact", "relevance"))
    wrong = f"[#{number_of('Heavy rain remains hard for the filter.')}]"
    review = FieldReview.model_validate({**empty, "key_findings": ({"finding": COST, "evidence": wrong},)})
    done = Postprocessor(CONTENT).postprocess(review, by_model=True)
    assert done.summary.key_findings[0].evidence is None
    assert (done.citations_total, done.citations_confirmed) == (1, 0)


def test_parts_of_a_long_paper_carry_the_numbers_of_the_whole() -> None:
    config = Config.model_validate({"summaries": {"engine": "openai", "model": "fake-llm"}})
    long = make_sectioned_text(PAPER, paragraphs=60)
    request = build_request(PAPER, long, "deep_read", "en", config.reports)
    parts = _split(request, 2_500)
    prompts = [_build_notes_request(request, config, part, at, len(parts)).prompt for at, part in enumerate(parts, 1)]
    whole = "\n".join(section.text for section in request.content.numbered_sections)
    assert len(prompts) > 2
    assert [text.count("[#1] ") for text in prompts] == [1, *[0] * (len(prompts) - 1)]
    last = whole.rsplit("[#", 1)[1].split("]")[0]
    assert f"[#{last}] " in prompts[-1]


def test_notes_quote_by_number_and_the_sentence_is_put_in() -> None:
    notes = Notes.model_validate({**dict.fromkeys(Notes.model_fields, ()), "quotes": ("[#2]", "[#99]", "As it was.")})
    (merged,) = merge_notes([((), notes)], ["First.", "Second."])
    assert merged.text == "[#2] Second.\n\nAs it was."


def test_a_sentence_that_stands_in_two_fields_is_counted_in_both() -> None:
    text = f"{COST} [#{number_of(COST)}]"
    digest = CategoryDigest(tldr=text, motivation=None, method=None, result=text, conclusion=None)
    done = Postprocessor(CONTENT).postprocess(digest, by_model=True)
    assert (done.citations_total, done.citations_confirmed) == (2, 2)


def test_all_reports_read_the_same_numbered_paper_at_a_tenth_more() -> None:
    config = Config.model_validate({"summaries": {"engine": "openai", "model": "fake-llm"}})
    requests = [build_request(PAPER, TEXT, report, "en", config.reports) for report in FORMATS]
    in_full = [build_llm_request(one, config) for one in requests if one.report != "category_digest"]
    assert len({request.material for request in in_full}) == 1
    numbered, plain = NUMBERED, "\n".join(section.text for section in TEXT.sections)
    assert estimate_tokens(numbered) < 1.1 * estimate_tokens(plain)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_day_by_a_model_that_writes_the_papers_own_text_stands_on_places(
    tmp_path: Path, endpoint: Callable[..., FakeLLMServer], language: str
) -> None:
    endpoint()
    day = make_model_day(tmp_path, papers=2, of_reports=FORMATS, language=language)
    claims = [claim for row in day.rows for claim in row.claims]
    assert len(claims) > 50
    assert sum(bool(claim.spans) for claim in claims) >= 0.9 * len(claims)
    assert not any("[#" in row.fields for row in day.rows)
    assert not any("[#" in text for text in day.texts.values())
    total = sum(row.citations_total or 0 for row in day.rows)
    assert total >= sum(row.citations_confirmed or 0 for row in day.rows) >= 0.9 * total > 0
