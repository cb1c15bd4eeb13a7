"""Atomic writes: a file holds its old content or its new one, never a part, whatever stops the program."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from digest_assets.common.errors import StorageError


@contextmanager
def open_atomically(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A new file that replaces `path` when the block ends, and is thrown away when the block raises.

    Without `durable` the content is not forced to the disk first: a power cut may leave an empty file, which is well
    for what is checked when read or made again, and much quicker for many files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            if durable:
                os.fsync(file.fileno())
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> bool:
    """Make the file hold the data, and return whether it had to be written: one that holds it is left as it is.

    Raises `StorageError` when the disk does not take it; the old file then stays.
    """
    try:
        if _holds(path, data):
            return False
        with open_atomically(path, durable=durable) as file:
            file.write(data)
        return True
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error}; free or repair the disk, then run again") from error


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False
