"""A model's endpoint on loopback that answers every call as a script says: any status, headers and bytes, or a cut connection."""

import json
from collections.abc import Callable
from typing import Any

from digest_assets.testing.fake_llm.schema_filling import count_tokens, extract_schema, fill_schema
from digest_assets.testing.post_server import PostServer, ScriptedAnswer

API_KEY = "scripted-endpoint-key"


class ScriptedEndpoint(PostServer):
    """The endpoint; a context manager that runs it.

    Args:
        answer: The answer to a request's body; called by one thread at a time.
    """

    def __init__(self, answer: Callable[[dict[str, Any]], ScriptedAnswer]) -> None:
        self.requests: list[dict[str, Any]] = []

        def note_and_answer(_: object, body: dict[str, Any]) -> ScriptedAnswer:
            self.requests.append(body)
            return answer(body)

        super().__init__(note_and_answer)

    def get_environment(self) -> dict[str, str]:
        """The environment of a client that is to use this endpoint."""
        return {"OPENAI_BASE_URL": f"{self.address}/v1", "OPENAI_API_KEY": API_KEY}


def make_completion(content: Any, finish: str = "stop", usage: Any = None, **message: Any) -> dict[str, Any]:
    """A chat completion with this content."""
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
        ],
        "usage": usage or {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
    }


def answer_well(body: dict[str, Any]) -> ScriptedAnswer:
    """A fine answer to a request's body, in the schema that it asks for, with counts that fit its prompt."""
    prompt = "\n".join(message["content"] for message in body["messages"])
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema") or extract_schema(prompt)
    content = json.dumps(fill_schema(schema, prompt), ensure_ascii=False)
    read, written = count_tokens(prompt), count_tokens(content)
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return ScriptedAnswer.from_json(make_completion(content, usage=usage))
