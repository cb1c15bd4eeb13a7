"""A loopback server that answers like arXiv (API, announcement feeds, site) and Hugging Face, over a collection.

    with LoopbackServer(papers, {date(2025, 10, 2): page}) as server:
        os.environ.update(server.variables())
        ...
        server.log                  # every request, with monotonic times

It serves the bundled sample days and the tests. `fault` sees each request with its proper answer and returns the
answer that is sent: the same, another one, or one that comes late, in drips, cut short or not at all.
"""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.testing.loopback.oai import build_oai_response
from digest_assets.testing.loopback.responses import (
    LoopbackResponse,
    ServedPaper,
    build_abstract_page_response,
    build_daily_papers_response,
    build_feed_response,
    build_not_found_response,
    build_query_response,
)
from digest_assets.testing.loopback.site_pages import (
    build_catchup_response,
    build_new_response,
    build_recent_response,
)

__all__ = ["LoopbackRequest", "LoopbackResponse", "LoopbackServer", "ServedPaper"]

_CHUNK_BYTES = 100
_SITE = ("html", "pdf", "abs")


@dataclass(frozen=True)
class LoopbackRequest:
    """A request as the server saw it. Times are seconds of the monotonic clock.

    Attributes:
        kind: `api`, `feed`, `listing`, `catchup`, `oai`, `html`, `image`, `pdf`, `abs`, `hf` or `other`.
        number: Which request of its kind this is, from 1.
        ended: When the last byte was sent; 0 while that is not so.
    """

    kind: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    number: int
    started: float
    ended: float = 0.0
    status: int = 0


Fault = Callable[[LoopbackRequest, LoopbackResponse], LoopbackResponse]


class LoopbackServer:
    """The server; a context manager that serves from threads of its own, or `serve_forever()` in this one.

    Args:
        papers: The collection.
        daily: Hugging Face's pages: the entries of a day, in the JSON shape of its API, served unchanged.
        feed_date: The mailing that the announcement feeds hold; the newest of the collection if not given.
        has_pages: Whether the site has listing and catch-up pages; else they are answered with 404.
        oai_page_size: Records on a page of OAI-PMH.
        fault: Called for each request with the proper answer; what it returns is sent.
        port: On 127.0.0.1; any free one if 0.
    """

    def __init__(
        self,
        papers: Iterable[ServedPaper],
        hf_pages: Mapping[date, Sequence[Mapping[str, Any]]] | None = None,
        *,
        feed_date: date | None = None,
        has_pages: bool = True,
        oai_page_size: int = 1000,
        fault: Fault | None = None,
        port: int = 0,
    ) -> None:
        self.papers = list(papers)
        self.hf_pages = dict(hf_pages or {})
        self.feed_date = feed_date
        self.has_pages = has_pages
        self.oai_page_size = oai_page_size
        self.fault = fault
        self.log: list[LoopbackRequest] = []
        self._counts: dict[str, int] = {}
        self._under_way = 0
        self._lock = threading.Condition()
        self._http = _Server(("127.0.0.1", port), _create_handler(self))

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def serve_forever(self) -> None:
        """Serve from this thread until the process is interrupted."""
        try:
            self._http.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            self._http.server_close()

    @property
    def url(self) -> str:
        """The root of everything that is served, without a slash at the end."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def get_environment(self) -> dict[str, str]:
        """The environment that points the project's clients here."""
        return {
            "DIGEST_ARXIV_API_URL": f"{self.url}/api/query",
            "DIGEST_ARXIV_RSS_URL": self.url,
            "DIGEST_ARXIV_SITE_URL": self.url,
            "DIGEST_ARXIV_OAI_URL": f"{self.url}/oai",
            "HF_ENDPOINT": self.url,
        }

    def get_requests(self, kind: str) -> list[LoopbackRequest]:
        """The logged requests of one kind, in order of arrival; answers under way are waited for, for some seconds."""
        with self._lock:
            self._lock.wait_for(lambda: self._under_way == 0, timeout=5)
            return sorted((entry for entry in self.log if entry.kind == kind), key=lambda entry: entry.started)

    def reset_log(self) -> None:
        """Start logging and counting anew."""
        with self._lock:
            self.log.clear()
            self._counts.clear()

    def accept_request(self, target: str, headers: Mapping[str, str]) -> tuple[LoopbackRequest, LoopbackResponse]:
        """Count a request and find its proper answer."""
        started = time.monotonic()
        parts = urlsplit(target)
        path = unquote(parts.path)
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        kind, answer = self.build_response(path, parameters)
        with self._lock:
            self._counts[kind] = number = self._counts.get(kind, 0) + 1
            self._under_way += 1
        return LoopbackRequest(kind, path, parameters, headers, number, started), answer

    def apply_fault(self, request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        """The answer as `fault` has it."""
        return self.fault(request, answer) if self.fault else answer

    def log_request(self, request: LoopbackRequest) -> None:
        """Put an answered request into the log."""
        with self._lock:
            self.log.append(request)
            self._under_way -= 1
            self._lock.notify_all()

    @property
    def _mailing(self) -> date:
        announced = (day for paper in self.papers for day in paper.announced)
        return self.feed_date or max(announced, default=date(1991, 8, 14))

    def build_response(self, path: str, parameters: Mapping[str, str]) -> tuple[str, LoopbackResponse]:
        """The kind of a request, and its proper answer."""
        first, _, rest = path.lstrip("/").partition("/")
        if path == "/api/query":
            return "api", build_query_response(self.papers, parameters)
        if path == "/oai":
            return "oai", build_oai_response(self.papers, parameters, self._mailing, self.oai_page_size)
        if path == "/api/daily_papers":
            return "hf", build_daily_papers_response(self.hf_pages, parameters)
        if first in ("rss", "atom") and rest:
            return "feed", build_feed_response(self.papers, first, rest.split("+"), self._mailing)
        folder, _, name = rest.rpartition("/")
        if first == "html" and "." in name and "." in folder:
            return "image", self._build_image_response(folder, name)
        if first in ("list", "catchup"):
            return {"list": "listing"}.get(first, first), self._build_site_page(first, rest, parameters)
        if first in _SITE:
            return first, self._build_file_response(first, rest)
        return "other", build_not_found_response(path)

    def _build_image_response(self, folder: str, name: str) -> LoopbackResponse:
        found = [paper.images.get(name) for paper in self.papers if folder == f"{paper.id}v{paper.version}"]
        body = found[0] if found else None
        return build_not_found_response(name) if body is None else LoopbackResponse(body, content_type="image/png")

    def _build_site_page(self, first: str, rest: str, parameters: Mapping[str, str]) -> LoopbackResponse:
        category, _, which = rest.partition("/")
        if first == "catchup" and self.has_pages:
            return build_catchup_response(self.papers, category, which, self._mailing, parameters)
        build = {"new": build_new_response, "recent": build_recent_response}.get(which)
        if build is None or not self.has_pages:
            return build_not_found_response(rest)
        return build(self.papers, category, self._mailing, parameters)

    def _build_file_response(self, form: str, name: str) -> LoopbackResponse:
        try:
            asked = parse_arxiv_id(name.removesuffix(".pdf"))
        except ValueError:
            return build_not_found_response(name)
        paper = next((paper for paper in self.papers if paper.id == asked.id), None)
        if paper is None or (asked.version or 1) > paper.version:
            return build_not_found_response(name)
        if form == "abs":
            return build_abstract_page_response(paper)
        body = paper.html if form == "html" else paper.pdf
        types = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
        return build_not_found_response(name) if body is None else LoopbackResponse(body, content_type=types[form])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is its own affair; it must not fill the terminal."""


def _create_handler(server: LoopbackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            request, answer = server.accept_request(
                self.path, {name.lower(): text for name, text in self.headers.items()}
            )
            try:
                answer = server.apply_fault(request, answer)
                time.sleep(answer.delay)
                self._send(answer)
            finally:
                status = 0 if answer.reset else answer.status
                server.log_request(replace(request, ended=time.monotonic(), status=status))

        def _send(self, answer: LoopbackResponse) -> None:
            if answer.reset:
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            if answer.trickle == "headers":
                self._trickle(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000, answer.drip)
                return
            self.send_response(answer.status)
            for name, text in {"Content-Type": answer.content_type, **answer.headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            body = answer.body if answer.cut_after is None else answer.body[: answer.cut_after]
            if answer.trickle == "body":
                self._trickle(body, answer.drip)
            elif answer.drip:
                for start in range(0, len(body), _CHUNK_BYTES):
                    self.wfile.write(body[start : start + _CHUNK_BYTES])
                    self.wfile.flush()
                    time.sleep(answer.drip)
            else:
                self.wfile.write(body)
            self.close_connection = answer.cut_after is not None or self.close_connection

        def _trickle(self, body: bytes, pause: float) -> None:
            self.close_connection = True
            for number in range(len(body)):
                self.wfile.write(body[number : number + 1])
                self.wfile.flush()
                time.sleep(pause)

        def log_message(self, *_: object) -> None:
            """The log is `server.log`."""

    return Handler
