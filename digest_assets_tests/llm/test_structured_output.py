"""From an answer's text to a value."""

import contextlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from digest_assets.config.models import Price
from digest_assets.llm.requests import LLMRequest, compute_cost, estimate_tokens
from digest_assets.llm.structured_output import WrongSchemaError, build_wire_schema, format_problems, parse_response
from digest_assets.llm.usage import TokenCounts
from digest_assets.relevance.llm_ranking import Judgements
from digest_assets.summaries.map_reduce import Notes
from digest_assets.summaries.overview import Overview
from digest_assets.summaries.schemas import SCHEMAS


class Note(BaseModel):
    """A note."""

    model_config = ConfigDict(extra="forbid")

    text: str | None
    points: tuple[str, ...]


class Mark(BaseModel):
    """A mark."""

    model_config = ConfigDict(extra="forbid")

    mark: int


def question(*family: type[BaseModel], answer: type[BaseModel] = Note) -> LLMRequest[Any]:
    return LLMRequest("summary", "m", "s", "p", answer, date(2025, 12, 5), schema_family=family)


ANSWER = '{"text": "It maps {streets}.", "points": ["a"]}'


@pytest.mark.parametrize(
    "content",
    [
        ANSWER,
        f"```json\n{ANSWER}\n```",
        f"<think>First {{ I look.}}</think>{ANSWER}",
        f"Here is the JSON you asked for:\n{ANSWER}\nHope this helps!",
        "{'text': 'It maps {streets}.', 'points': ['a']}",
        "{“text”: “It maps {streets}.”, “points”: [“a”]}",
        '{text: "It maps {streets}.", points: ["a"]}',
        '{"text": "It maps {streets}.", // the task\n "points": ["a"],}',
        '｛"text"："It maps {streets}."，"points"：["a"]｝',
        f"<answer>{ANSWER}</answer>",
        f"{ANSWER[:-1]}, }}\n```",
        f'{{"type": "object", "properties": {ANSWER}}}',
        f"[{ANSWER}]",
        f'{{"name": "Note", "arguments": {ANSWER}}}',
        f"<|channel|>analysis<|message|>Let me see {{x}}.<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
        f"<|START_THINKING|>a {{draft}}<|END_THINKING|><|START_RESPONSE|>{ANSWER}<|END_RESPONSE|>",
        f"\ufeff{ANSWER}\n\n\n",
        ANSWER + "<|im_end|>",
        "json\n" + ANSWER,
        ANSWER.replace('"', "&quot;"),
        ANSWER[1:-1],
        json.dumps([ANSWER]),
        json.dumps({"result": ANSWER}),
        json.dumps({**json.loads(ANSWER), "confidence": 0.9}),
        ANSWER.replace("text", "Text").replace("points", " POINTS "),
    ],
)
def test_the_json_is_found_in_what_stands_around_it(content: str) -> None:
    assert parse_response(question(), content) == Note(text="It maps {streets}.", points=("a",))


@pytest.mark.parametrize(
    "content",
    ["", "{", "no json", '{"text": 1}', '{"text": "x", "more": 1}', "[1]", "null", '{"TITLE": "x", "points": []}'],
)
def test_what_does_not_fit_is_an_error_that_says_where(content: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_response(question(), content)
    assert format_problems(caught.value)


def test_an_answer_that_says_nothing_is_no_answer() -> None:
    with pytest.raises(ValueError, match="every field is empty"):
        parse_response(question(), '{"text": null, "points": [" "]}')


def test_a_family_has_one_schema_in_any_order_and_each_member_its_own_answer() -> None:
    assert build_wire_schema(question(Note, Mark)) == build_wire_schema(question(Mark, Note, answer=Mark))
    assert parse_response(question(Note, Mark, answer=Mark), '{"answer": {"mark": 3}}') == Mark(mark=3)
    assert parse_response(question(Note, Mark, answer=Mark), '{"mark": 3}') == Mark(mark=3)  # asked for in words
    with pytest.raises(WrongSchemaError, match="another form than Mark"):
        parse_response(question(Note, Mark, answer=Mark), f'{{"answer": {ANSWER}}}')


ASKED_FOR: list[type[BaseModel]] = [*SCHEMAS.values(), Notes, Overview, Judgements]


@pytest.mark.parametrize("asked", [question(answer=answer) for answer in ASKED_FOR] + [question(*SCHEMAS.values())])
def test_the_schema_is_what_strict_endpoints_take(asked: LLMRequest[Any]) -> None:
    def parts(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            yield node
        for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from parts(inner)

    for part in parts(build_wire_schema(asked)):
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert set(part["required"]) == set(part["properties"])
        assert "$ref" not in part or set(part) == {"$ref"}
        assert "default" not in part


def test_the_first_keys_of_a_family_s_alternatives_differ() -> None:
    schema = build_wire_schema(question(*SCHEMAS.values()))
    alternatives = [schema["$defs"][one["$ref"].rsplit("/", 1)[-1]] for one in schema["properties"]["answer"]["anyOf"]]
    first_keys = [next(iter(one["properties"])) for one in alternatives]
    assert len(set(first_keys)) == len(first_keys) == len(SCHEMAS)


@given(st.text(max_size=300))
def test_any_text_is_a_value_or_an_error(content: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_response(question(), content), Note)


def test_tokens_are_estimated_by_script() -> None:
    assert estimate_tokens("abcd" * 100) == 100
    assert estimate_tokens("论文摘要") == 4


def test_money_knows_cached_tokens_and_models_without_a_price() -> None:
    price = Price(input=1.0, cached_input=0.1, output=10.0)
    assert compute_cost(price, TokenCounts(1_000_000, 400_000, 0, 100_000)) == pytest.approx(0.6 + 0.04 + 1.0)
    assert compute_cost(Price(input=1.0, output=0.0), TokenCounts(1_000_000, 400_000)) == pytest.approx(1.0)
    assert compute_cost(None, TokenCounts(1, 1, 0, 1)) == 0.0
