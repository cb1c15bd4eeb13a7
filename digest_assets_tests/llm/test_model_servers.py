"""Servers that others wrote: llama.cpp's with a model of 135M parameters, and LiteLLM's proxy before it.

What the model writes is worth little; that a day goes through, and what is seen of the servers, is tested.
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest

from digest_assets.llm.format_memory import FormatMemory
from digest_assets.llm.probe import probe_models
from digest_assets.llm.request_bodies import build_request_body
from digest_assets.llm.requests import estimate_tokens
from digest_assets.summaries.llm_summaries import build_llm_request
from digest_assets.summaries.requests import build_request
from digest_assets.summaries.schemas import DailyTable
from digest_assets.testing.model_days import make_model_day, make_model_settings, run_model_day
from digest_assets.testing.model_servers import API_KEY, MODEL, PYTHON, run_litellm, run_llama_cpp
from digest_assets.testing.summary_days import make_numbered_paper, make_sectioned_text

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not PYTHON.exists(), reason="no model servers: `make model-servers` installs them"),
]
CONTEXT = 4096
CHOICES: dict[str, Any] = {"model": MODEL, "concurrency": 2, "max_output_tokens": 100, "deadline_seconds": 120}


@pytest.fixture(scope="module")
def llama_cpp() -> Iterator[str]:
    with run_llama_cpp(CONTEXT) as address:
        yield address


@pytest.fixture(scope="module")
def litellm(llama_cpp: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with run_litellm(llama_cpp, tmp_path_factory.mktemp("litellm"), port) as address:
        yield address


@pytest.fixture(params=["llama_cpp", "litellm"])
def address(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    address = str(request.getfixturevalue(request.param))
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    return address


def test_the_probe_says_what_a_server_takes_and_counts(tmp_path: Path, address: str) -> None:
    (probe,) = probe_models(make_model_settings(tmp_path, **CHOICES))
    assert probe.error is None
    assert probe.is_valid
    assert probe.format == "own_schema"
    assert probe.input_tokens > 10 < probe.input_tokens + probe.output_tokens


def test_a_day_goes_through_with_schema_usage_and_cache(tmp_path: Path, address: str) -> None:
    day = make_model_day(tmp_path, papers=2, paragraphs=1, **CHOICES)
    (text,) = day.texts.values()
    assert all(f"arxiv.org/abs/{row.id}" in text for row in day.rows)
    assert all((row.engine == "extractive") == row.failed for row in day.rows)  # SmolLM2 gives instructions back
    assert day.calls
    answered = [call for call in day.calls if call.outcome != "failed"]
    assert answered
    assert all(call.input_tokens > 300 and call.output_tokens > 0 and not call.tokens_estimated for call in answered)
    again = run_model_day(day.settings, refresh=True)
    # llama.cpp keeps the prompts that its slots have read.
    assert any(call.cached_tokens > 0 for call in again.calls)


def test_what_a_schema_says_of_its_fields_is_read_by_the_model(tmp_path: Path, address: str) -> None:
    def ask(messages: Sequence[Mapping[str, str]]) -> int:
        """How many tokens the server says that it read."""
        body = {"model": MODEL, "messages": list(messages), "max_tokens": 1}
        headers = {"Authorization": f"Bearer {API_KEY}"}
        answer = httpx2.post(f"{address}/chat/completions", json=body, headers=headers, timeout=100)
        return int(answer.json()["usage"]["prompt_tokens"])

    settings = make_model_settings(tmp_path, **CHOICES)
    paper = make_numbered_paper(1)
    request = build_request(paper, make_sectioned_text(paper, 1), "daily_table", "en", settings.config.reports)
    asked = build_llm_request(request, settings.config)
    target, memory = settings.config.summaries.find_model(MODEL), FormatMemory.from_settings(settings)
    body = build_request_body(asked, target, asked.messages, "own_schema", memory)
    descriptions = [field.description for field in DailyTable.model_fields.values()]
    assert all(description and description in body["messages"][1]["content"] for description in descriptions)
    more = sum(estimate_tokens(description or "") for description in descriptions)
    assert ask(body["messages"]) - ask(asked.messages) > more / 2


def test_a_text_beyond_the_context_is_noticed_and_read_in_parts(tmp_path: Path, address: str) -> None:
    choices = {**CHOICES, "deadline_seconds": 60}
    day = make_model_day(tmp_path, papers=1, paragraphs=60, **choices)
    assert day.calls[0].outcome == "context_overflow"
    assert len(day.rows) == 1
    assert len(day.calls) > 1
