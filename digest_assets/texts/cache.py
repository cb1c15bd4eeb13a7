"""Cache of parsed papers on disk: a killed run, or a day made again, fetches nothing twice.

One JSON file for each paper and version, under a name that holds everything the text depends on; the least recently
used go first when the folder grows too large.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digest_assets.common.arxiv_ids import ArxivId
from digest_assets.common.atomic_write import write_atomically
from digest_assets.texts.document import Document, Picture
from digest_assets.texts.worker import FileKind

PARSER_VERSION = 3  # of the parsers: raise it when their output changes, so that papers are read anew

UNVERSIONED_SECONDS = 86_400  # a paper of unknown version is asked for once a day: arXiv announces once a day


@dataclass(frozen=True, slots=True)
class CachedText:
    """A paper that was read: from where, why not from a better place, and how to ask whether it changed.

    `validated_at` is when the site last said that this is its text, in seconds of the epoch. `pictured` says whether
    the first figure's picture was looked for; `picture` is None where it could not be had.
    """

    source: FileKind
    document: Document
    reasons: tuple[str, ...] = ()
    validators: Mapping[str, str] = field(default_factory=dict)
    validated_at: float = field(default_factory=time.time)
    pictured: bool = False
    picture: Picture | None = None


class TextCache:
    """The folder of read papers, and of their files where those are kept."""

    def __init__(self, folder: Path, *, max_pages: int, max_bytes: int) -> None:
        self.files = folder / "files"
        self._texts = folder / "texts"
        self._max_pages = max_pages
        self._max_bytes = max_bytes

    def get(self, paper: ArxivId) -> CachedText | None:
        """What was read of the paper, if it was; a file that cannot be understood counts as not there."""
        path = self._path(paper)
        try:
            stored = json.loads(path.read_bytes())
            os.utime(path)
            document = Document.from_json(stored)
            picture = stored.get("picture")
            return CachedText(
                stored["source"],
                document,
                tuple(stored["reasons"]),
                dict(stored["validators"]),
                stored["asked"],
                stored.get("pictured", False),
                None if picture is None else Picture.from_json(picture),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @staticmethod
    def is_fresh(paper: ArxivId, entry: CachedText) -> bool:
        """Whether what was read can be taken without asking: a version never changes, the newest one may."""
        return paper.version is not None or 0 <= time.time() - entry.validated_at < UNVERSIONED_SECONDS

    def put(self, paper: ArxivId, entry: CachedText) -> None:
        """Keep what was read of the paper."""
        path = self._path(paper)
        stored = {
            "source": entry.source,
            **entry.document.to_json(),
            "reasons": entry.reasons,
            "validators": dict(entry.validators),
            "asked": entry.validated_at,
            "pictured": entry.pictured,
            "picture": None if entry.picture is None else entry.picture.to_json(),
        }
        write_atomically(path, json.dumps(stored).encode(), durable=False)

    def find_file(self, paper: ArxivId, kind: FileKind) -> Path | None:
        """The downloaded file, where files are kept and the version is known."""
        path = self.files / f"{paper.file_name}.{kind}"
        return path if paper.version is not None and path.is_file() else None

    def shrink(self) -> None:
        """Delete what was used longest ago until the folder is within its size."""
        files = []
        for path in (*self._texts.glob("*"), *self.files.glob("*")):
            try:
                status = path.stat()
            except OSError:  # another process was faster
                continue
            files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size

    def _path(self, paper: ArxivId) -> Path:
        return self._texts / f"{paper.file_name}.r{PARSER_VERSION}.p{self._max_pages}.json"
