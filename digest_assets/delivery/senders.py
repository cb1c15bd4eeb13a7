"""Sending a message: SMTP with TLS, or an HTTP POST. Secrets are read from the environment when they are needed."""

import os
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import httpx2

from digest_assets.common.errors import DeliveryError, ReportError
from digest_assets.config.delivery import MailConfig, WebhookConfig

_LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


def send_mail(
    message: EmailMessage, config: MailConfig, timeout: float, variables: Mapping[str, str] | None = None
) -> None:
    """Hand a message to the SMTP server. Raises `ReportError` if the server does not take it.

    The connection is encrypted and the server's certificate checked, by TLS from the start (RFC 8314) or STARTTLS.
    """
    variables = os.environ if variables is None else variables
    user, password = variables.get(config.user_variable, ""), variables.get(config.password_variable, "")
    try:
        with _connect(config, timeout) as server:
            if config.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if user:
                server.login(user, password)
            server.send_message(message)
    except UnicodeEncodeError:
        raise ReportError(
            f"{config.user_variable} or {config.password_variable} holds a letter that is not ASCII, which Python's "
            "SMTP log-in does not send; choose an application password without"
        ) from None
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"{config.host} refused it: {_format_reply(error.smtp_code, error.smtp_error)}") from None
    except smtplib.SMTPRecipientsRefused as error:
        reply = _format_reply(*next(iter(error.recipients.values())))
        raise DeliveryError(f"{config.host} refused the address: {reply}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"{config.host}:{config.port} could not be used: {error}") from None


def send_webhook(
    payload: Mapping[str, Any],
    config: WebhookConfig,
    timeout: float,
    *,
    key: str,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Post a message as JSON with an `Idempotency-Key`. Raises `ReportError` if the receiver does not take it.

    The address is a secret, so no message names more than its host.
    """
    url = (os.environ if variables is None else variables).get(config.url_variable, "")
    if not url:
        raise ReportError(f"{config.url_variable} is not set in the environment")
    parts = urlsplit(url)
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL_HOSTS)
    ):
        raise ReportError(f"{config.url_variable} is not an https address")
    try:
        response = httpx2.post(
            url, json=payload, headers={"Idempotency-Key": key}, timeout=timeout, follow_redirects=False
        )
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise DeliveryError(f"{parts.hostname} could not be reached: {type(error).__name__}") from None
    if not response.is_success:
        raise DeliveryError(f"{parts.hostname} answered {response.status_code}")


def _connect(config: MailConfig, timeout: float) -> smtplib.SMTP:
    if config.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(config.host, config.port, timeout=timeout, context=context)
    return smtplib.SMTP(config.host, config.port, timeout=timeout)


def _format_reply(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"
