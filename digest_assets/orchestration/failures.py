"""The project's errors as Dagster sees them: one that no rerun can clear stops retry policies and is marked for sensors."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import dagster as dg

from digest_assets.common.errors import DigestError

CAN_RETRY = "can_retry"  # key of a failure's metadata; absent where nobody knows

_P = ParamSpec("_P")
_T = TypeVar("_T")


def stop_futile_retries(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Make an error that no rerun can clear a `dagster.Failure` without retries; any other passes as it is."""

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except DigestError as error:
            if error.can_retry:
                raise
            metadata = {CAN_RETRY: dg.MetadataValue.bool(False)}
            raise dg.Failure(str(error), metadata=metadata, allow_retries=False) from error

    return call
