"""The HTTP of a model's endpoint: OpenAI's own client with the endpoint's key, no answer larger than it may be.

What is sent is built in `request_bodies`; when to send it again is in `client`.
"""

from collections.abc import AsyncIterator, Mapping
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx2

from digest_assets.common.errors import ModelError, TransientModelError
from digest_assets.common.tls import get_tls_context
from digest_assets.config.models import ModelConfig
from digest_assets.llm.prices import get_base_url
from digest_assets.llm.provider_errors import EndpointError, NoCompletionError
from digest_assets.llm.readiness import find_key, get_key_variable

if TYPE_CHECKING:
    import openai

_MAX_BODY_BYTES = 16 * 1024 * 1024  # of one answer; the longest that a model writes has less than one
_BATCH_RETRIES = 4  # of the official client, for a handful of calls a run


_LIBRARIES = ("openai", "httpcore2")  # that the first call needs


def preload_libraries() -> None:
    """Import what calls need, beside what else a run does before its first call.

    They cost 0.4 s of processor time, 1 s where no bytecode is kept: only who asks a model pays it.
    """
    Thread(target=lambda: list(map(import_module, _LIBRARIES)), name="preload", daemon=True).start()


class Endpoint:
    """The endpoint of one model.

    Args:
        target: The model.
        timeout_seconds: For one call.

    Raises:
        EndpointError: There is no key, or none that can be sent, or the address is none.
    """

    def __init__(self, target: ModelConfig, timeout_seconds: float) -> None:
        import openai  # mostly preloaded

        key = find_key(target)
        if key is None:
            raise EndpointError(f"{get_key_variable(target)} is not set")
        if not (key.isascii() and key.isprintable()):
            raise EndpointError(f"{get_key_variable(target)} holds characters that no key has: copy the key again")
        self.key = key
        self._base_url = get_base_url(target)
        try:
            self._client = openai.AsyncOpenAI(
                api_key=key,
                base_url=self._base_url,
                max_retries=0,
                timeout=timeout_seconds,
                http_client=openai.DefaultAsyncHttpxClient(transport=_CappedTransport()),
            )
        except httpx2.InvalidURL as error:
            raise self._describe_wrong_address() from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def post(self, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        """The answer to a post of JSON, whatever its status. Raises `TimeoutError` and kinds of `ModelError`.

        Not the client's typed methods: the same call, and nothing is assumed of what comes back.
        """
        return await self._send("POST", path, body)

    async def get(self, path: str) -> httpx2.Response:
        """The answer to a get. Raises like `post`."""
        return await self._send("GET", path)

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx2.Response:
        import openai

        try:
            if method == "GET":
                return await self._client.get(path, cast_to=httpx2.Response)
            return await self._client.post(path, cast_to=httpx2.Response, body=body)
        except openai.APIStatusError as error:
            return error.response
        except openai.APITimeoutError as error:
            raise TimeoutError from error
        except openai.APIConnectionError as error:
            cause = error.__cause__
            if isinstance(cause, ModelError):  # of an answer that is too large
                raise cause from None
            if isinstance(cause, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
                raise self._describe_wrong_address() from error
            raise TransientModelError("the model's endpoint could not be reached") from error

    def with_retries(self) -> "openai.AsyncOpenAI":
        """The client itself, for what is more than a post, with a few retries of its own."""
        return self._client.with_options(max_retries=_BATCH_RETRIES)

    def _describe_wrong_address(self) -> EndpointError:
        return EndpointError(f"{self._base_url} is no address: it begins with http:// or https://")


class _CappedTransport(httpx2.AsyncHTTPTransport):
    """Connections over which no answer can be larger than it may."""

    def __init__(self) -> None:
        # As many connections as calls may be in flight, like the official client.
        limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)
        super().__init__(verify=get_tls_context(), limits=limits)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _CappedStream(response.stream)
        return response


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for chunk in self._stream:
            total += len(chunk)
            if total > _MAX_BODY_BYTES:
                raise NoCompletionError(f"the model's endpoint answered with more than {_MAX_BODY_BYTES >> 20} MB")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
