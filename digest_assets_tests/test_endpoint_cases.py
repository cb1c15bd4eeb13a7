"""The command, with a model whose endpoint answers each paper in another way: one of each kind in one day."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets.testing.post_server import ScriptedAnswer
from digest_assets.testing.scripted_endpoint import ScriptedEndpoint, answer_well
from digest_assets_tests.summaries.endpoint_answers import NO_USAGE, THOUGHTS, fail, say
from digest_assets_tests.test_source_cases import DAY, paper, prepare

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

CONFIG = """
sources: {arxiv: {delay_seconds: 0, categories: [cs.CV]}, huggingface: {enabled: false}, backoff_seconds: 0.05}
summaries: {engine: openai, model: m, deadline_seconds: 20, concurrency: 1}
reports:
  category_digest: {categories: [cs.CV]}
  topic_digest: {enabled: false}
  daily_table: {enabled: false}
  field_review: {enabled: false}
  deep_read: {enabled: false}
"""
WELL, PARTS, NO_COUNTS, ERROR_IN_200, CUT, BRACE, CHINESE, FILTERED, TOO_MANY = (f"2512.0001{n}" for n in range(9))
ALL = (WELL, PARTS, NO_COUNTS, ERROR_IN_200, CUT, BRACE, CHINESE, FILTERED, TOO_MANY)
ONCE = {
    ERROR_IN_200: fail(200, "Provider returned error", 502),
    CUT: ScriptedAnswer(None),
    TOO_MANY: fail(429, "Rate limit reached, please try again.", headers={"Retry-After": "0"}),
}


class Moody:
    """An endpoint that takes no strict schema, and meets each paper in its own way."""

    def __init__(self) -> None:
        self._left = dict(ONCE)

    def __call__(self, body: dict[str, Any]) -> ScriptedAnswer:
        if "json_schema" in json.dumps(body.get("response_format")):
            return fail(400, "This response_format type is unavailable now")
        asked = next(id_ for id_ in ALL if id_ in body["messages"][1]["content"])
        content = json.loads(answer_well(body).body)["choices"][0]["message"]["content"]
        chinese = json.dumps(dict.fromkeys(json.loads(content), "本文提出一种方法,提高了三个百分点。"))
        always = {
            PARTS: say([THOUGHTS, {"type": "text", "text": content}]),
            NO_COUNTS: say(content, usage=NO_USAGE),
            BRACE: say("}"),
            CHINESE: say(chinese),
            FILTERED: fail(400, "The response was filtered: content management policy."),
        }
        return self._left.pop(asked, None) or always.get(asked) or answer_well(body)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer([paper(id_) for id_ in ALL], {}) as server:
        yield server


def run(folder: Path, server: LoopbackServer, answer: Callable[[dict[str, Any]], ScriptedAnswer]) -> tuple[str, str]:
    """What `make digest` prints, and the report."""
    with ScriptedEndpoint(answer) as endpoint:
        environment = {**prepare(folder, server), **endpoint.get_environment()}
        (folder / "digest.yaml").write_text(CONFIG, "utf-8")
        command = [sys.executable, "-m", "digest_assets.cli", "run", str(DAY)]
        root = Path(__file__).parents[1]
        ran = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False)
    report = folder / "data" / "reports" / str(DAY) / "category_digest.md"
    assert report.exists(), ran.stdout[-2_000:] + ran.stderr[-2_000:]
    return ran.stdout + ran.stderr, report.read_text("utf-8")


def find_provenance(report: str, id_: str) -> str:
    block = report.split(f"arxiv.org/abs/{id_})", 1)[1]
    return block[block.index("<sub>") : block.index("</sub>")]


def test_each_answer_costs_its_paper_alone(server: LoopbackServer, tmp_path: Path) -> None:
    _, report = run(tmp_path, server, Moody())
    lines = {id_: find_provenance(report, id_) for id_ in ALL}
    fell_back = {id_: line for id_, line in lines.items() if "written by m" not in line}
    assert fell_back.keys() == {BRACE, CHINESE, FILTERED}, lines
    assert "form" in fell_back[BRACE]
    assert "not written in English" in fell_back[CHINESE]
    assert "content filter" in fell_back[FILTERED]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (fail(402, "Insufficient Balance", "invalid_request_error"), "no money left"),
        (ScriptedAnswer(200, b"<!doctype html><html>A page</html>", "text/html"), "check OPENAI_BASE_URL"),
        (fail(401, "Incorrect API key"), "check OPENAI_API_KEY"),
    ],
)
def test_what_ends_the_model_s_day_is_said_at_every_paper(
    server: LoopbackServer, tmp_path: Path, answer: ScriptedAnswer, words: str
) -> None:
    _, report = run(tmp_path, server, lambda _: answer)
    assert all(words in find_provenance(report, id_) for id_ in ALL)
