"""Whatever an endpoint answers, a day is made: answers drawn at random, by status, type, body and headers."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import openai  # here, so that its import costs no call its deadline
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from digest_assets.llm.usage import read_usage
from digest_assets.testing.model_days import make_model_day
from digest_assets.testing.post_server import ScriptedAnswer
from digest_assets.testing.scripted_endpoint import ScriptedEndpoint, answer_well
from digest_assets_tests.examples import take_examples
from digest_assets_tests.summaries.endpoint_answers import ANSWERS, GOOD, check_blocks

assert openai.__version__
FAST: dict[str, Any] = {"deadline_seconds": 0.5, "timeout_seconds": 5}
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "usage", "error", "code", "text", "summary", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
_contents = st.sampled_from([GOOD, "", "}", "prose", json.dumps([GOOD]), '{"summary": "\\ud800 \\u0000"}', "{" * 300])
_usages = _json | st.fixed_dictionaries(
    {"prompt_tokens": st.integers(1, 10**6), "completion_tokens": st.integers(1, 10**5)}
)
_completions = st.builds(
    lambda content, finish, usage: {
        "choices": [{"message": {"content": content}, "finish_reason": finish}],
        "usage": usage,
    },
    _contents | _json,
    st.sampled_from(["stop", "length", "content_filter", None, 3]),
    _usages,
)
_bodies = st.one_of(
    st.binary(max_size=60),
    _json.map(lambda value: json.dumps(value).encode()),
    _completions.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([answer.body for answer, _ in ANSWERS.values()]),
)
_answers = st.builds(
    ScriptedAnswer,
    st.sampled_from([200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 413, 422, 429, 500, 503, 599, None]),
    _bodies,
    st.sampled_from(["application/json", "text/html", "text/event-stream", "nonsense", None]),
    st.sampled_from(
        [{}, {"Retry-After": "soon"}, {"Retry-After": "9999"}, {"Content-Encoding": "gzip"}, {"Location": "/x"}]
    ),
) | st.just(ScriptedAnswer())


def _count_tokens(sent: list[ScriptedAnswer]) -> list[tuple[int, int]]:
    """What the endpoint says that its completions took, where it counts whole, plausible numbers."""
    counts = []
    for answer in sent:
        try:
            data = json.loads(answer.body)
        except ValueError:
            continue
        usage = data.get("usage") if isinstance(data, dict) and isinstance(data.get("choices"), list) else None
        found = read_usage(usage)
        if found is not None and answer.status in (200, 201) and "Content-Encoding" not in answer.headers:
            counts.append((found.input_tokens, found.output_tokens))
    return counts


def _check_random_day(folder: Path, answers: list[ScriptedAnswer]) -> None:
    sent: list[ScriptedAnswer] = []

    def script(body: dict[str, Any]) -> ScriptedAnswer:
        answer = answers[len(sent) % len(answers)]
        sent.append(answer_well(body) if answer == ScriptedAnswer() else answer)
        return sent[-1]

    with ScriptedEndpoint(script) as endpoint, pytest.MonkeyPatch.context() as patch:
        for name, value in endpoint.get_environment().items():
            patch.setenv(name, value)
        day = make_model_day(folder, **FAST)
    assert len(day.rows) == 2
    check_blocks(day)
    assert all(json.loads(row.fields)["summary"] for row in day.rows)
    # Every completion that the endpoint counted is in the ledger with its counts, and nothing that it did not count
    # passes for counted.
    calls = [(call.input_tokens, call.output_tokens) for call in day.calls if not call.tokens_estimated]
    counted = Counter(tokens for tokens in calls if tokens != (0, 0))
    answered = Counter(tokens for tokens in _count_tokens(sent) if min(tokens) > 0)
    assert counted <= answered
    given_up = sum(call.outcome == "failed" for call in day.calls)
    assert (answered - counted).total() <= given_up  # on a busy machine an answer may come after its deadline


# An example is a whole day: one that fails is shown as it was drawn, since shrinking it would take hours.
MANY_DAYS = settings(phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@settings(MANY_DAYS, max_examples=take_examples(2).max_examples)  # a day takes a second; the long test makes 20
@given(answers=st.lists(_answers, min_size=1, max_size=6))
def test_whatever_an_endpoint_answers_each_paper_has_its_block(
    tmp_path_factory: pytest.TempPathFactory, answers: list[ScriptedAnswer]
) -> None:
    _check_random_day(tmp_path_factory.mktemp("day"), answers)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(MANY_DAYS, max_examples=20)
@given(answers=st.lists(_answers, min_size=1, max_size=8))
def test_whatever_an_endpoint_answers_each_paper_has_its_block_on_many_days(
    tmp_path_factory: pytest.TempPathFactory, answers: list[ScriptedAnswer]
) -> None:
    _check_random_day(tmp_path_factory.mktemp("day"), answers)
