"""The project's errors as Dagster sees them: one that no rerun can clear stops retry policies and is marked for sensors."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import dagster as dg

from digest_assets.common.disk_failures import explain_failure

CAN_RETRY = "can_retry"  # key of a failure's metadata; absent where nobody knows

_P = ParamSpec("_P")
_T = TypeVar("_T")


def stop_futile_retries(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Make an error that no rerun can clear a `dagster.Failure` without retries; one in a group, or a disk's, is said."""

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            explained = explain_failure(error)
            if explained is None or (explained is error and explained.can_retry):
                raise
            if explained.can_retry:
                raise explained from error
            metadata = {CAN_RETRY: dg.MetadataValue.bool(False)}
            raise dg.Failure(str(explained), metadata=metadata, allow_retries=False) from error

    return call
