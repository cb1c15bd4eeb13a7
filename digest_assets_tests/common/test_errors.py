"""One tree of errors; whether a rerun may clear a failure is a matter of its type."""

import pytest

import digest_assets.llm.provider_errors
import digest_assets.texts.download  # noqa: F401 - both rooms declare errors of their own
from digest_assets.common.errors import DigestError, TransientError


def _list_errors(kind: type[DigestError]) -> list[type[DigestError]]:
    return [kind, *(error for child in kind.__subclasses__() for error in _list_errors(child))]


@pytest.mark.parametrize("kind", dict.fromkeys(_list_errors(DigestError)), ids=lambda kind: kind.__name__)
def test_an_error_can_be_retried_just_when_it_is_transient(kind: type[DigestError]) -> None:
    assert kind.can_retry is issubclass(kind, TransientError)
