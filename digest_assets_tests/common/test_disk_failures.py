"""Failures of disks in words, wherever they surface."""

import errno
import os
import sqlite3

import pytest

from digest_assets.common.disk_failures import explain_failure
from digest_assets.common.errors import SourceError, StorageError, TransientStorageError


def raise_from(cause: BaseException) -> BaseException:
    error = RuntimeError("a wrapper")
    error.__cause__ = cause
    return error


def make_os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number), "/data/x")


@pytest.mark.parametrize("wrap", [lambda e: e, raise_from, lambda e: ExceptionGroup("several", [ValueError("x"), e])])
@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (make_os_error(errno.ENOSPC), TransientStorageError, "no space is left on the disk of /data/x"),
        (make_os_error(errno.EROFS), StorageError, "/data/x cannot be written (Read-only file system)"),
        (make_os_error(errno.EACCES), StorageError, "give it to the user"),
        (sqlite3.OperationalError("database or disk is full"), TransientStorageError, "its disk is full"),
        (sqlite3.DatabaseError("file is not a database"), StorageError, "it is damaged"),
        (SourceError("arXiv is down"), SourceError, "arXiv is down"),
    ],
)
def test_what_a_disk_did_is_said_from_wherever_it_is(wrap: object, error: Exception, kind: type, words: str) -> None:
    assert callable(wrap)
    explained = explain_failure(wrap(error))
    assert type(explained) is kind
    assert words in str(explained)


def test_any_other_error_is_not_explained() -> None:
    assert explain_failure(ValueError("database or disk is full")) is None
    assert explain_failure(FileNotFoundError(errno.ENOENT, "no such file", "x")) is None
