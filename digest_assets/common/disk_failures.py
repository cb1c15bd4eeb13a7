"""Failures of a disk in words, wherever they surface: in a group of errors, below another error, or in SQLite's words."""

import errno
from collections.abc import Iterator

from digest_assets.common.errors import DigestError, StorageError, TransientStorageError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
_DEPTH = 20  # of causes: more are none that a person wrote

# What SQLite says (https://www.sqlite.org/rescode.html), which holds Dagster's runs.
_SQLITE = {
    "database or disk is full": (TransientStorageError, "its disk is full"),
    "disk I/O error": (StorageError, "its disk fails or is full"),
    "attempt to write a readonly database": (StorageError, "it cannot be written by this user"),
    "unable to open database file": (StorageError, "it cannot be opened by this user, or its disk is full"),
    "database disk image is malformed": (StorageError, "it is damaged"),
    "file is not a database": (StorageError, "it is damaged"),
}


def explain_failure(error: BaseException) -> DigestError | None:
    """The error that was written for a person, inside another or a group; or what a disk did. None for any other."""
    for inner in _iterate(error, _DEPTH):
        if isinstance(inner, DigestError):
            return inner
    for inner in _iterate(error, _DEPTH):
        if isinstance(inner, OSError) and inner.errno in (*_FULL, *_CLOSED):
            return _explain_os_error(inner)
        for words, (kind, what) in _SQLITE.items():
            if words in str(inner) and type(inner).__module__.split(".")[0] in ("sqlite3", "sqlalchemy"):
                return kind(
                    f"Dagster's own database in DAGSTER_HOME: {what} ({words}); `digest doctor` says what to do"
                )
    return None


def _explain_os_error(error: OSError) -> StorageError:
    where = error.filename or "a file"
    if error.errno in _FULL:
        return TransientStorageError(f"no space is left on the disk of {where}: free some, then run this again")
    return StorageError(
        f"{where} cannot be written ({error.strerror}): give it to the user that runs this, or look whether its disk is "
        "mounted for writing; then run this again"
    )


def _iterate(error: BaseException | None, depth: int) -> Iterator[BaseException]:
    """The error, what is in it if it is a group, and what caused it."""
    if error is None or not depth:
        return
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _iterate(inner, depth - 1)
    yield from _iterate(error.__cause__ or (None if error.__suppress_context__ else error.__context__), depth - 1)
