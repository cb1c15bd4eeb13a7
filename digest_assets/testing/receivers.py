"""Receivers of deliveries on loopback: an SMTP server with TLS, and a webhook that knows idempotency keys."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from digest_assets.testing.post_server import PostServer, ScriptedAnswer


class Certificates:
    """A certificate for 127.0.0.1, and the file of the authority that signed it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authority_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authority_file))
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(self.server)


class MailServer(Controller):
    """Takes mail of one user; `next_refusals` answer the next messages, which are not taken.

    Args:
        certificates: What it shows.
        security: `starttls`, `tls` or `none`, as in the settings.
    """

    user, password = "digest", "s3cret-Password"

    def __init__(self, certificates: Certificates, security: str) -> None:
        self.messages: list[EmailMessage] = []
        self.encrypted: list[bool] = []
        self.next_refusals: list[str] = []
        self._tls = certificates.server if security == "starttls" else None
        self._socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(
            self,
            hostname="127.0.0.1",
            port=self._socket.getsockname()[1],
            ssl_context=certificates.server if security == "tls" else None,
        )

    def factory(self) -> SMTP:
        """The protocol of one connection."""
        return SMTP(
            self,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = (
            isinstance(data, LoginPassword)
            and data.login == self.user.encode()
            and data.password == self.password.encode()
        )
        return AuthResult(success=right, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, or answer with the next refusal."""
        if self.next_refusals:
            return self.next_refusals.pop(0)
        self.messages.append(message_from_bytes(envelope.original_content or b"", policy=policy.default))
        self.encrypted.append(session.ssl is not None or self.ssl_context is not None)
        return "250 taken"

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        """Listen on the port that the system chose; aiosmtpd takes a fixed one only."""
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)


class WebhookReceiver(PostServer):
    """Accepts JSON posts, of those with the same idempotency key the first; the next posts get `next_statuses`."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.accepted: dict[str, dict[str, Any]] = {}
        self.next_statuses: list[int] = []
        super().__init__(self._take)

    @property
    def url(self) -> str:
        """The address to post to."""
        return f"{self.address}/hook/T0PSECRET"

    def _take(self, headers: Mapping[str, str], body: dict[str, Any]) -> ScriptedAnswer:
        key = headers["idempotency-key"]
        self.posts.append((key, body))
        status = self.next_statuses.pop(0) if self.next_statuses else 200
        if status < 300:
            self.accepted.setdefault(key, body)
        return ScriptedAnswer(status)
