"""The second model's verdicts on claims that the code leaves open: asked once, stored with its name, never in the way."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from digest_assets.llm.tables import LLM_CALLS
from digest_assets.summaries.claim_check import ClaimQuestion, ClaimVerdict, ClaimVerdicts, apply_verdicts, is_open
from digest_assets.summaries.tables import SummaryClaim
from digest_assets.summaries.verification.source_units import SourceUnit
from digest_assets.testing.post_server import ScriptedAnswer
from digest_assets.testing.row_factories import make_summary
from digest_assets.testing.scripted_endpoint import make_completion
from digest_assets.testing.summary_days import load_summaries, make_llm_settings, make_stored_summaries, store_day
from digest_assets.texts.spans import Span
from digest_assets.warehouse import open_warehouse

OPEN = SummaryClaim(field="tldr", sentence="滤镜让夜间地图更清晰。", verdict="undecided")
PARAPHRASE = SummaryClaim(field="method", sentence="It learns.", verdict="unsupported", reason="words")
WRONG = SummaryClaim(field="result", sentence="It gains 9%.", verdict="unsupported", reason="number")
ROW = make_summary(
    "2512.00001",
    "category_digest",
    engine="openai",
    model="reader",
    claims=(OPEN, PARAPHRASE, WRONG),
    fields={"tldr": OPEN.sentence, "method": "It learns ⚠.", "result": "It gains 9% ⚠."},
)
UNITS = tuple(SourceUnit(Span(0, 0, place, place + 4), f"Sentence {place}.") for place in range(3))
QUESTION = ClaimQuestion(ROW, (0, 1), UNITS)


def judge(*verdicts: tuple[int, str, tuple[int, ...]]) -> Any:
    given = [ClaimVerdict.model_validate({"claim": c, "verdict": v, "sentences": s}) for c, v, s in verdicts]
    return apply_verdicts(QUESTION, ClaimVerdicts(verdicts=tuple(given)), "judge")


def test_what_the_code_decides_by_numbers_is_not_asked_about() -> None:
    assert [is_open(claim) for claim in ROW.claims] == [True, True, False]


def test_a_supported_claim_gets_its_sentences_and_loses_its_mark() -> None:
    row = judge((1, "supported", (2,)), (2, "supported", (1, 3)))
    first, second, third = row.claims
    assert (first.verdict, first.judged_by, first.spans[0].quote) == ("supported", "judge", "Sentence 1.")
    assert (second.verdict, second.reason, len(second.spans)) == ("supported", None, 2)
    assert third == WRONG
    assert json.loads(row.fields)["method"] == "It learns."


def test_an_unsupported_claim_is_marked() -> None:
    row = judge((1, "unsupported", ()))
    assert row.claims[0].verdict == "unsupported"
    assert json.loads(row.fields)["tldr"] == "滤镜让夜间地图更清晰 ⚠。"


def test_a_verdict_that_names_no_sentence_or_no_claim_changes_nothing() -> None:
    row = judge((1, "supported", ()), (1, "supported", (9,)), (7, "unsupported", ()), (2, "unclear", (1,)))
    assert (row.claims, json.loads(row.fields)) == (ROW.claims, json.loads(ROW.fields))


def say(content: Any) -> ScriptedAnswer:
    return ScriptedAnswer.from_json(make_completion(json.dumps(content)))


Serve = Callable[[Callable[[dict[str, Any]], ScriptedAnswer]], Any]


def run_day(tmp_path: Path, serve: Serve, **roles: str) -> tuple[list[Any], Any, Any]:
    """A day of one paper whose reader paraphrases freely, with or without a second model."""

    def answer(body: dict[str, Any]) -> ScriptedAnswer:
        if body["model"] == "judge":
            verdicts = [{"claim": number, "verdict": "supported", "sentences": [1]} for number in range(1, 6)]
            return say({"verdicts": verdicts})
        words = "Cartographers finally obtain crisp nocturnal overviews."
        return say(
            {"tldr": words, "motivation": None, "method": None, "result": None, "conclusion": "Lantern is a filter."}
        )

    endpoint = serve(answer)
    settings = make_llm_settings(tmp_path, reports={"category_digest": {"read": "abstract"}}, roles=roles)
    store_day(settings, 1, ["category_digest"])
    make_stored_summaries(settings)
    calls = LLM_CALLS.to_rows(open_warehouse(settings).read(LLM_CALLS))
    return load_summaries(settings), sorted(calls, key=lambda call: call.ended_at), endpoint


def test_a_second_model_is_asked_where_one_is_configured_and_its_calls_are_in_the_ledger(
    tmp_path: Path, serve: Serve
) -> None:
    (row,), calls, _ = run_day(tmp_path, serve, check="judge")
    assert [(call.purpose, call.model) for call in calls] == [("summary", "fake-llm"), ("check", "judge")]
    assert [claim.judged_by for claim in row.claims] == ["m", None]  # as the endpoint calls it
    assert "⚠" not in row.fields


def test_without_the_role_nobody_is_asked(tmp_path: Path, serve: Serve) -> None:
    (row,), calls, _ = run_day(tmp_path, serve)
    assert [call.purpose for call in calls] == ["summary"]
    assert "overviews ⚠." in row.fields
