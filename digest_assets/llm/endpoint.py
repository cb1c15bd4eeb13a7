"""The HTTP of a model's endpoint: plain posts and gets with its key, no answer larger than it may be.

What is sent is built in `request_bodies`; when to send it again is in `client`.
"""

import os
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

import httpx2

from digest_assets.common.errors import TransientModelError
from digest_assets.common.http import format_user_agent
from digest_assets.config.models import ModelConfig
from digest_assets.llm.prices import get_base_url
from digest_assets.llm.provider_errors import EndpointError, NoCompletionError
from digest_assets.llm.readiness import find_key, get_key_variable

if TYPE_CHECKING:
    import openai

_MAX_BODY_BYTES = 16 * 1024 * 1024  # of one answer; the longest that a model writes has less than one
# What the official client reads from the environment: who of several organisations and projects pays.
_ACCOUNT_HEADERS = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
_BATCH_RETRIES = 4  # of the official client, for a handful of calls a run


class Endpoint:
    """The endpoint of one model.

    Args:
        target: The model.
        timeout_seconds: For one call.

    Raises:
        EndpointError: There is no key, or none that can be sent.
    """

    def __init__(self, target: ModelConfig, timeout_seconds: float) -> None:
        key = find_key(target)
        if key is None:
            raise EndpointError(f"{get_key_variable(target)} is not set")
        if not (key.isascii() and key.isprintable()):
            raise EndpointError(f"{get_key_variable(target)} holds characters that no key has: copy the key again")
        self.key = key
        self._base_url = get_base_url(target)
        self._timeout = timeout_seconds
        account = {header: os.environ[name] for header, name in _ACCOUNT_HEADERS.items() if os.environ.get(name)}
        self._client = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}", "User-Agent": format_user_agent(""), **account},
            timeout=timeout_seconds,
            follow_redirects=True,
            transport=_CappedTransport(),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def post(self, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        """The answer to a post of JSON, whatever its status. Raises `TimeoutError` and kinds of `ModelError`."""
        return await self._send("POST", path, body)

    async def get(self, path: str) -> httpx2.Response:
        """The answer to a get. Raises like `post`."""
        return await self._send("GET", path)

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx2.Response:
        try:
            return await self._client.request(method, self._base_url.rstrip("/") + path, json=body)
        except httpx2.TimeoutException as error:
            raise TimeoutError from error
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise EndpointError(f"{self._base_url} is no address: it begins with http:// or https://") from error
        except (httpx2.TransportError, httpx2.DecodingError, httpx2.TooManyRedirects) as error:
            raise TransientModelError("the model's endpoint could not be reached") from error

    def open_official_client(self) -> "openai.AsyncOpenAI":
        """OpenAI's own client for the same endpoint, for what is more than a post."""
        import openai  # costs 0.4 s of processor time, and 1 s where no bytecode is kept: only batches pay it

        return openai.AsyncOpenAI(
            api_key=self.key,
            base_url=self._base_url,
            max_retries=_BATCH_RETRIES,
            timeout=self._timeout,
            http_client=self._client,
        )


class _CappedTransport(httpx2.AsyncHTTPTransport):
    """Connections over which no answer can be larger than it may."""

    def __init__(self) -> None:
        # As many connections as calls may be in flight, like the official client.
        super().__init__(limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100))

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
