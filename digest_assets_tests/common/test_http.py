"""`Retry-After`, statuses and the `User-Agent`; requests themselves are tested where sources are down."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from digest_assets.common.http import format_user_agent, is_retryable_status, parse_retry_after, summarize_body


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("5", 5), ("5.5", 5.5), (" 120 ", 120), ("0.05", 0.05), ("00012", 12), ("1" * 12, float("1" * 12))],
)
def test_retry_after_is_seconds(value: str, seconds: float) -> None:
    assert parse_retry_after(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "-3",
        "-0.5",
        "+3",
        "nan",
        "inf",
        "1e3",
        "1_000",
        "5,5",
        "5.",
        ".5",
        "5 s",
        "٣",
        "soon",
        "9" * 400,
        "Wed, 99 Foo 2025 99:99:99 GMT",
        "2025-12-03",
        "Wed, 03 Dec 99999 00:00:00 GMT",
        "1 2 3",
    ],
)
def test_what_is_neither_seconds_nor_a_date_is_left_to_the_backoff(value: str | None) -> None:
    assert parse_retry_after(value) is None


def test_retry_after_is_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    for value in (format_datetime(later, usegmt=True), f"{later:%A, %d-%b-%y %H:%M:%S} -0000", f"{later:%c}"):
        assert 88 < (parse_retry_after(value) or 0) <= 90, value


@pytest.mark.parametrize("value", ["Wed, 03 Dec 2025 00:00:00 GMT", "Wed, 03 Dec 2025 00:00:00 -0000"])
def test_a_date_that_has_passed_is_no_wait(value: str) -> None:
    assert parse_retry_after(value) == 0


def test_what_may_pass_is_worth_a_repeat() -> None:
    assert [status for status in range(400, 600) if is_retryable_status(status)] == [408, 425, 429, *range(500, 600)]


def test_the_user_agent_is_one_line_of_ascii() -> None:
    assert format_user_agent("digest@example.org\r\nX: é").endswith(" (digest@example.org X:)")
    assert format_user_agent("").startswith("digest-assets/")
    assert format_user_agent("") == format_user_agent(" é ")


def test_a_body_is_summarized_on_one_line() -> None:
    assert summarize_body(b"you\n may \xff not") == "you may � not"
    assert summarize_body(b" ") == "no explanation"
    assert len(summarize_body(b"word " * 1000)) <= 200
