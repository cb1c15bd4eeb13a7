"""Files that are there whole or not at all."""

import os
import tempfile
from pathlib import Path

from digest_assets.common.errors import ReportError


def write_atomically(path: Path, data: bytes) -> None:
    """Make the file hold the data: a reader, and a machine that crashes, see the old file or the new one.

    Raises `ReportError` when the disk does not take it; the old file then stays.
    """
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except OSError as error:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)
        raise ReportError(f"{path} cannot be written: {error}; free or repair the disk, then run again") from error
