"""The fake LLM: an endpoint on loopback that answers like OpenAI's, at once, late, wrongly or not at all.

    with FakeLLMServer(latency=0.1, faults={"429": 0.2}) as model:
        model.get_environment()  # OPENAI_BASE_URL and OPENAI_API_KEY of a client that is to use it
        model.calls              # every request: its prompt, its times, its outcome
        model.max_in_flight      # most calls in flight at once

The same prompt gets the same answer. Faults come by share or by plan (one entry per request, in order of arrival).
Shares are decided by the prompt, so that a run can be repeated: what is wrong with an answer by the prompt alone, as with
a model that does not vary; what is wrong with the endpoint by how often it was asked too, so that it passes.
"""

import asyncio
import email
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digest_assets.testing.fake_llm.schema_filling import (
    count_common_characters,
    count_tokens,
    extract_schema,
    fill_schema,
    hash_to_int,
)

LLMFault = Literal[
    "429", "408", "500", "503", "hang", "drop", "broken_json", "wrong_shape", "refusal", "length", "content_filter",
    "overflow", "quota",
]  # fmt: skip
_BY_THE_MODEL: frozenset[LLMFault] = frozenset({"broken_json", "wrong_shape", "refusal", "length", "content_filter"})
Tokens = tuple[int, int, int]
API_KEY = "fake-llm-key"


@dataclass(frozen=True)
class ReceivedCall:
    """One request and what came of it. Times in seconds of the monotonic clock."""

    started: float
    ended: float
    in_flight: int
    outcome: str
    model: str
    prompt: str
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


@dataclass
class FakeLLMServer:
    """The server; a context manager that runs it in a thread of its own.

    Args:
        latency: Seconds before an answer.
        faults: Shares of faulty answers, by fault; the rest is fine.
        plan: Faults of the first requests, in order of arrival (`None`: a fine answer); then `faults` holds.
        retry_after: Seconds in the `Retry-After` header of a 429 or 503; none if not given.
        response_formats: The kinds of `response_format` that the endpoint knows.
        context_tokens: A longer prompt is answered by the context overflow error.
        prompt_caching: Whether prompts that begin alike are reported as cached; `explicit`: only up to a marked block,
            and what is written is counted, as OpenAI does from GPT-5.6 on.
        refused_words: Requests that hold one of these are answered by the error of a parameter that is not known.
        unavailable_models: Models that the endpoint says it does not have.
        listed_models: What `/v1/models` says; 404 if not given.
        first_schema_only: Whether it fills the first of several schemas, whatever the prompt asks for.
    """

    latency: float = 0.0
    faults: Mapping[LLMFault, float] = field(default_factory=dict)
    plan: Iterable[LLMFault | None] = ()
    retry_after: float | None = None
    response_formats: frozenset[str] = frozenset({"json_schema", "json_object", "text"})
    context_tokens: int | None = None
    prompt_caching: bool | Literal["explicit"] = False
    refused_words: frozenset[str] = frozenset()
    unavailable_models: frozenset[str] = frozenset()
    first_schema_only: bool = False
    listed_models: Sequence[Mapping[str, Any]] | None = None
    calls: list[ReceivedCall] = field(default_factory=list)
    max_in_flight: int = 0

    def __post_init__(self) -> None:
        self._plan = iter(self.plan)
        self._times_asked: Counter[str] = Counter()
        self._in_flight = 0
        self._earlier_prompts: list[str] = []
        self._files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.supports_batches = True
        self._socket = socket.create_server(("127.0.0.1", 0))
        routes = [
            Route("/v1/chat/completions", self._complete, methods=["POST"]),
            Route("/v1/models", self._list_models),
            Route("/v1/files", self._upload, methods=["POST"]),
            Route("/v1/files/{id}/content", self._download),
            Route("/v1/batches", self._submit, methods=["POST"]),
            Route("/v1/batches", self._list),
            Route("/v1/batches/{id}", self._retrieve),
            Route("/statistics", self._statistics),
        ]
        app = Starlette(routes=routes)
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for _ in range(1000):
            if self._server.started:
                return self
            time.sleep(0.005)
        raise RuntimeError("the fake LLM did not start")

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    @property
    def base_url(self) -> str:
        """The value of `OPENAI_BASE_URL`."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def get_environment(self) -> dict[str, str]:
        """The environment of a client that is to use this endpoint."""
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": API_KEY}

    def get_successful_calls(self) -> list[ReceivedCall]:
        """The calls that got a whole, fine answer."""
        return [call for call in self.calls if call.outcome == "ok"]

    def reset(self) -> None:
        """Start counting anew."""
        self.calls.clear()
        self._times_asked.clear()
        self.max_in_flight = 0

    async def _list_models(self, request: Request) -> Response:
        if self.listed_models is None:
            return _build_error(404, "Unknown request URL.", "unknown_url")
        return JSONResponse({"object": "list", "data": [dict(model) for model in self.listed_models]})

    async def _upload(self, request: Request) -> Response:
        if not self.supports_batches:
            return _build_error(404, "Unknown request URL.", "unknown_url")
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + await request.body())
        content = next(part for part in form.walk() if part.get_filename())
        return JSONResponse(self._store_file(content.get_payload(decode=True)))

    def _store_file(self, content: Any) -> dict[str, Any]:
        id_ = f"file-{len(self._files)}"
        self._files[id_] = bytes(content)
        return {
            "id": id_, "object": "file", "bytes": len(content), "created_at": 0, "filename": "lines.jsonl",
            "purpose": "batch", "status": "processed",
        }  # fmt: skip

    async def _download(self, request: Request) -> Response:
        return Response(self._files[request.path_params["id"]])

    async def _submit(self, request: Request) -> Response:
        asked = await request.json()
        batch = {
            "id": f"batch-{len(self.batches)}", "object": "batch", "status": "in_progress", "created_at": 0, **asked
        }  # fmt: skip
        self.batches[batch["id"]] = batch
        return JSONResponse(batch)

    async def _retrieve(self, request: Request) -> Response:
        return JSONResponse(self.batches[request.path_params["id"]])

    async def _list(self, request: Request) -> Response:
        if not self.supports_batches:
            return _build_error(404, "Unknown request URL.", "unknown_url")
        return JSONResponse({"object": "list", "data": list(self.batches.values()), "has_more": False})

    def finish_batches(self, status: str = "completed", unanswered_share: float = 0.0) -> None:
        """Answer the batches under way; a share of the questions gets no answer."""
        for batch in self.batches.values():
            if batch["status"] == "in_progress":
                lines = [json.loads(line) for line in self._files[batch["input_file_id"]].decode().splitlines()]
                answered = lines[round(len(lines) * unanswered_share) :]
                output = "\n".join(json.dumps(self._build_batch_line(line)) for line in answered)
                batch.update(
                    status=status, output_file_id=self._store_file(output.encode())["id"] if answered else None
                )

    def get_batch_bodies(self, id_: str) -> list[dict[str, Any]]:
        """The requests of a batch."""
        return [json.loads(line)["body"] for line in self._files[self.batches[id_]["input_file_id"]].splitlines()]

    def _build_batch_line(self, line: dict[str, Any]) -> dict[str, Any]:
        prompt = _join_contents(line["body"])
        response, _, _ = self._build_answer(line["body"], prompt, self._choose_fault(prompt))
        body = json.loads(bytes(response.body))
        return {
            "id": "x",
            "custom_id": line["custom_id"],
            "response": {"status_code": response.status_code, "body": body},
        }

    async def _statistics(self, request: Request) -> Response:
        """For who runs the server in another process: how many calls, how many at once, over how many seconds."""
        ends = [(call.started, call.ended) for call in self.calls]
        first = min((start for start, _ in ends), default=0.0)
        seconds = max((end for _, end in ends), default=0.0) - first
        statistics = {"calls": len(ends), "max_in_flight": self.max_in_flight, "seconds": seconds, "first_call": first}
        return JSONResponse(statistics)

    async def _complete(self, request: Request) -> Response:
        body = json.loads(await request.body())
        prompt = _join_contents(body)
        self._in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self._in_flight)
        started, in_flight = time.monotonic(), self._in_flight
        outcome = "cancelled"
        tokens: Tokens = (0, 0, 0)
        try:
            if request.headers.get("authorization") != f"Bearer {API_KEY}":
                outcome = "401"
                return _build_error(401, "Incorrect API key provided.", "invalid_api_key")
            fault = self._choose_fault(prompt)
            if fault == "hang":
                outcome = "hang"
                await asyncio.sleep(3600)
            response, outcome, tokens = self._build_answer(body, prompt, fault)
            if fault not in ("429", "503", "quota"):  # the latency holds the time that making the answer took
                await asyncio.sleep(max(started + self.latency - time.monotonic(), 0))
            return response
        finally:
            self._in_flight -= 1
            self.calls.append(
                ReceivedCall(started, time.monotonic(), in_flight, outcome, body["model"], prompt, *tokens)
            )

    def _choose_fault(self, prompt: str) -> LLMFault | None:
        try:
            return next(self._plan)
        except StopIteration:
            pass
        self._times_asked[prompt] += 1
        dice = {True: _draw_share(f"model {prompt}"), False: _draw_share(f"{self._times_asked[prompt]} {prompt}")}
        for fault, share in self.faults.items():
            if dice[fault in _BY_THE_MODEL] < share:
                return fault
            dice[fault in _BY_THE_MODEL] -= share
        return None

    def _build_answer(self, body: dict[str, Any], prompt: str, fault: LLMFault | None) -> tuple[Response, str, Tokens]:
        none: Tokens = (0, 0, 0)
        headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        if fault in ("429", "408", "500", "503"):
            return _build_error(int(fault), "Try again later.", "busy", headers=headers), fault, none
        if fault == "quota":
            return _build_error(429, "You exceeded your current quota.", "insufficient_quota"), fault, none
        if fault == "drop":
            return Response(b"{", headers={"content-length": "1000"}), fault, none
        if body["model"] in self.unavailable_models:
            return _build_error(404, f"The model {body['model']!r} does not exist.", "model_not_found"), "404", none
        asked = body.get("response_format", {"type": "text"})
        if asked["type"] not in self.response_formats:
            reason = f"response_format of type {asked['type']} is not supported by this model"
            return _build_error(400, reason, "invalid_value", param="response_format"), "no format", none
        if refused := next((word for word in self.refused_words if word in json.dumps(body)), None):
            return _build_error(400, f"Unrecognized request argument supplied: {refused}", "unknown"), "refused", none
        input_tokens = count_tokens(prompt)
        if fault == "overflow" or (self.context_tokens is not None and input_tokens > self.context_tokens):
            reason = f"This model's maximum context length is {self.context_tokens} tokens, you sent {input_tokens}."
            return _build_error(400, reason, "context_length_exceeded", param="messages"), "overflow", none
        message, finish = self._build_message(asked, prompt, fault)
        output_tokens = count_tokens(message["content"] or message["refusal"] or "")
        cached, written = self._count_cached_tokens(body, json.dumps(asked) + prompt, input_tokens)
        tokens = (input_tokens, cached, output_tokens)
        answer = {
            "id": f"chatcmpl-{len(self.calls)}",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [{"index": 0, "finish_reason": finish, "logprobs": None, "message": message}],
            "usage": {
                "prompt_tokens": input_tokens,
                "completion_tokens": output_tokens,
                "total_tokens": input_tokens + output_tokens,
                "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
            },
        }
        return JSONResponse(answer), fault or "ok", tokens

    def _build_message(self, asked: dict[str, Any], prompt: str, fault: LLMFault | None) -> tuple[dict[str, Any], str]:
        schema = asked["json_schema"]["schema"] if asked["type"] == "json_schema" else extract_schema(prompt)
        content: str | None = json.dumps(
            fill_schema(schema, prompt, first_schema_only=self.first_schema_only), ensure_ascii=False
        )
        refusal, finish = None, "stop"
        if fault in ("broken_json", "length"):
            content = (content or "")[: len(content or "") // 2]
            finish = "length" if fault == "length" else "stop"
        elif fault == "wrong_shape":
            content = json.dumps({"unexpected": (content or "")[1:]})  # its own JSON would be found inside
        elif fault == "refusal":
            content, refusal = None, "I cannot help with that."
        elif fault == "content_filter":
            content, finish = "", "content_filter"
        return {"role": "assistant", "content": content, "refusal": refusal}, finish

    def _count_cached_tokens(self, body: dict[str, Any], prompt: str, input_tokens: int) -> tuple[int, int]:
        """Tokens that an earlier prompt began with too (the schema is the first part), and those written for later."""
        if not self.prompt_caching:
            return 0, 0
        written = 0
        if self.prompt_caching == "explicit":
            marked = "".join(_list_marked_blocks(body))
            prompt = prompt[: prompt.index(marked) + len(marked)] if marked else ""
            known = [seen for seen in self._earlier_prompts if prompt.startswith(seen)]
            common = max(map(len, known), default=0)
            written = 0 if prompt in known else count_tokens(prompt[common:])
            if marked:
                self._earlier_prompts.append(prompt)
            cached = count_tokens(prompt[:common]) if common else 0
            return min(cached, input_tokens), min(written, input_tokens - cached) if marked else 0
        common = max((count_common_characters(prompt, seen) for seen in self._earlier_prompts), default=0)
        self._earlier_prompts.append(prompt)
        cached = input_tokens * common // max(len(prompt), 1) // 128 * 128
        return (cached if cached >= 1024 else 0), written


def _draw_share(text: str) -> float:
    return hash_to_int(text) % 10_000 / 10_000


def _join_contents(body: dict[str, Any]) -> str:
    """The texts of all messages, whether in one piece or in blocks."""
    texts = (message["content"] or "" for message in body["messages"])
    return "\n".join(text if isinstance(text, str) else "".join(block["text"] for block in text) for text in texts)


def _list_marked_blocks(body: dict[str, Any]) -> list[str]:
    """The texts that are marked as the end of what is to be cached."""
    blocks = (
        block for message in body["messages"] if isinstance(message["content"], list) for block in message["content"]
    )
    return [block["text"] for block in blocks if "prompt_cache_breakpoint" in block or "cache_control" in block]


def _build_error(
    status: int, message: str, code: str, *, param: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    error = {"message": message, "type": "error", "code": code, "param": param}
    return JSONResponse({"error": error}, status_code=status, headers=dict(headers or {}))
