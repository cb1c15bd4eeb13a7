"""Why a step failed, as the commands and the alerts say it."""

import dagster as dg
import pytest

from digest_assets.automation.runs import describe_failure
from digest_assets.common.errors import SourceError


def _reason(error: Exception, cause: Exception | None) -> str:
    @dg.asset
    def failing() -> None:
        raise error from cause

    result = dg.materialize([failing], raise_on_error=False)
    (event,) = result.filter_events(lambda event: event.is_step_failure)
    return describe_failure(event)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SourceError("arXiv: HTTP 503; what was there before is kept: try again later"), None),
        (dg.Failure("The table lacks a column; materialise it again"), None),
        (RuntimeError("The step was wrapped"), "OSError: [Errno 28] No space left on device"),
    ],
)
def test_it_is_the_message_for_a_person_and_not_what_lies_under_it(error: Exception, reason: str | None) -> None:
    cause = OSError(28, "No space left on device")
    assert _reason(error, cause) == (reason or str(getattr(error, "description", None) or error))


def test_an_error_of_ours_without_a_cause_is_its_message() -> None:
    assert _reason(SourceError("arXiv is down"), None) == "arXiv is down"
