"""Alerts about failed runs: a short text, posted to a webhook if the environment names one. When to send one is decided
in `sensors.py`.
"""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx2

WEBHOOK_VARIABLE = "DIGEST_ALERT_WEBHOOK"
_TIMEOUT_SECONDS = 10.0  # a tick of the sensors waits for it, and has a minute
# Ten lines of 300 characters are a screen of a phone, and less than the 4,000 that chat services take.
_MAX_REASON_CHARACTERS = 300
_MAX_REASONS = 10


def format_failure(*, job: str, day: str | None, run_id: str, reasons: Mapping[str, str]) -> str:
    """What failed and why, a line a step, for people who are not at the screen."""
    lines = [f"digest: {day or job} failed (job {job}, run {run_id[:8]})"]
    for step, reason in list(reasons.items())[:_MAX_REASONS]:
        one_line = " ".join(reason.split())
        lines.append(
            f"• {step}: {one_line[:_MAX_REASON_CHARACTERS]}{'…' if len(one_line) > _MAX_REASON_CHARACTERS else ''}"
        )
    if len(reasons) > _MAX_REASONS:
        lines.append(f"• and {len(reasons) - _MAX_REASONS} more")
    return "\n".join(lines)


def send_alert(text: str, variables: Mapping[str, str] | None = None) -> str:
    """Post the text as JSON `{"text": …}`; returns a sentence about what happened. Never raises for a network's sake.

    The address is a secret (whoever has it can write there), so no message names more than its host.
    """
    url = (os.environ if variables is None else variables).get(WEBHOOK_VARIABLE, "")
    if not url:
        return f"{WEBHOOK_VARIABLE} is not set: nobody was told"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{WEBHOOK_VARIABLE} is not an http(s) address: nobody was told"
    try:
        response = httpx2.post(url, json={"text": text}, timeout=_TIMEOUT_SECONDS, follow_redirects=False)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return f"{parts.hostname} could not be reached ({type(error).__name__}): nobody was told"
    if not response.is_success:
        return f"{parts.hostname} answered {response.status_code}: nobody was told"
    return f"{parts.hostname} was told"
