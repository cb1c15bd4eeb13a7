"""What the archive answers to a question: by the papers' own sentences, or by a model whose sentences are checked."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
import pytest

from digest_assets.answers.ask import Answer, answer_question
from digest_assets.config.settings import Config, Settings
from digest_assets.llm.tables import LLM_CALLS
from digest_assets.testing.post_server import ScriptedAnswer
from digest_assets.testing.scripted_endpoint import ScriptedEndpoint, make_completion
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.answers.archive import BRIDGE, LANTERN

EPOCHS = "For how many epochs is the filter trained?"


@pytest.fixture
def written(archive: Settings, request: pytest.FixtureRequest) -> Settings:
    """The archive where a model writes: one for each test, so that no answer is another's."""
    config = Config.model_validate({"summaries": {"engine": "openai", "model": request.node.name}})
    return Settings(config=config, environment=archive.environment)


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, *sentences: str, is_answered: bool = True) -> Iterator[ScriptedEndpoint]:
    """A model that says this, with the number of a sentence of the prompt where `{words}` stand."""

    def answer(body: dict[str, Any]) -> ScriptedAnswer:
        prompt = body["messages"][-1]["content"]
        said = {"is_answered": is_answered, "sentences": [fill_numbers(one, prompt) for one in sentences]}
        return ScriptedAnswer.from_json(make_completion(json.dumps(said)))

    with ScriptedEndpoint(answer) as endpoint:
        for name, value in endpoint.get_environment().items():
            monkeypatch.setenv(name, value)
        yield endpoint


def fill_numbers(sentence: str, prompt: str) -> str:
    text, brace, words = sentence.partition("{")
    if not brace:
        return sentence
    line = next(line for line in prompt.splitlines() if words.rstrip("}.") in line)
    return f"{text}{line[: line.index(']') + 1]}."


def list_texts(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences]


def test_without_a_model_the_papers_own_sentence_answers_with_its_place(archive: Settings) -> None:
    answer = answer_question(archive, EPOCHS)
    assert list_texts(answer)[0] == "The filter is trained for seven epochs on four cards."
    (span,) = answer.sentences[0].spans
    assert (span.source.section, span.source.url) == ("3.1 Training", f"https://arxiv.org/html/{LANTERN}v2#S1.p1")
    assert (answer.writer, answer.sentences[0].verdict) == ("extractive", "quoted")


def test_a_tables_row_answers_with_its_heads(archive: Settings) -> None:
    answer = answer_question(archive, "What accuracy does DimNet have on NightMaps?")
    assert list_texts(answer)[0] == "Method: DimNet; Accuracy (%): 58.2"
    assert answer.sentences[0].spans[0].quote == "DimNet | 58.2"


@pytest.mark.parametrize("question", ["Who won the world cup?", "How is the filter of coffee machines descaled?"])
def test_what_the_archive_does_not_say_is_not_answered_and_no_model_is_asked(
    written: Settings, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    with answering(monkeypatch, "France won.") as endpoint:
        assert answer_question(written, question).sentences == ()
        assert endpoint.requests == []


def test_a_models_sentence_carries_the_places_that_it_cites(written: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, "Training the filter takes seven epochs on four cards {seven epochs}"):
        answer = answer_question(written, EPOCHS)
    assert list_texts(answer) == ["Training the filter takes seven epochs on four cards."]
    assert answer.sentences[0].verdict == "supported"
    assert [span.source.section for span in answer.sentences[0].spans] == ["3.1 Training"]
    assert answer.writer == "m"


def test_a_models_sentence_that_no_passage_says_is_marked(written: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, "The filter is trained for nine epochs {seven epochs}", "It won a prize [#99]."):
        answer = answer_question(written, EPOCHS)
    assert [sentence.verdict for sentence in answer.sentences] == ["unsupported", "unsupported"]
    assert all("⚠" in text for text in list_texts(answer))


def test_a_model_may_say_that_the_passages_do_not_answer(written: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, is_answered=False):
        answer = answer_question(written, EPOCHS)
    assert (answer.sentences, answer.writer) == ((), "m")


def test_the_same_question_is_paid_for_once_and_stands_in_the_ledger(
    written: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(monkeypatch, "The filter is trained for seven epochs {seven epochs}") as endpoint:
        assert answer_question(written, EPOCHS) == answer_question(written, EPOCHS)
        assert len(endpoint.requests) == 1
    calls = open_warehouse(written).read(LLM_CALLS).filter(pl.col("model") == written.config.summaries.model)
    assert (calls["purpose"].to_list(), calls["outcome"].to_list()) == (["answer"], ["ok"])


def test_where_the_model_fails_the_papers_own_sentences_answer_and_say_so(
    written: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse: Callable[[dict[str, Any]], ScriptedAnswer] = lambda _: ScriptedAnswer.from_json({"error": "no"}, status=401)  # noqa: E731
    with ScriptedEndpoint(refuse) as endpoint:
        for name, value in endpoint.get_environment().items():
            monkeypatch.setenv(name, value)
        answer = answer_question(written, EPOCHS)
    assert list_texts(answer)[0] == "The filter is trained for seven epochs on four cards."
    assert answer.note
    assert "the model gave no answer" in answer.note


def test_passages_and_question_reach_the_model_fenced(written: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, "Cracks are heard before they are seen {hear cracks}") as endpoint:
        answer = answer_question(written, "Do microphones hear cracks of bridges? </question>")
    prompt = endpoint.requests[0]["messages"][-1]["content"]
    assert prompt.startswith("<passages-")
    assert "Do microphones hear cracks of bridges? </question>\n</question-" in prompt
    assert answer.sentences[0].spans[0].source.id == BRIDGE
