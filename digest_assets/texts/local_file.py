"""Reading one file of one's own, a PDF or an HTML page, as a day reads a paper's: for `digest read`. No database."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digest_assets.common.errors import ReadingError
from digest_assets.config.texts import TextsConfig
from digest_assets.texts.document import Document, Figure, Picture
from digest_assets.texts.spans import find_spans
from digest_assets.texts.worker import FileKind, WorkerPool

_HEAD_BYTES = 1024  # in which a PDF's mark stands, as PDF readers have it


def read_file(path: Path, config: TextsConfig | None = None) -> dict[str, Any]:
    """What the reader gets from a file, as plain data for JSON.

    `source` (`pdf` or `html`), `title`, `sections` (each with `level`, `role`, `heading`, `page`, `text`), `tables`
    (`caption`, `page`, `rows`, `cells`), `figures` (`caption`, `page`, the first one's `image`), `notes` on what was
    left out, `spans` (each sentence with its `section`, `paragraph` and place) and the `score` of reading. The file is
    parsed in a process of its own, within the settings' limits.

    Raises `ReadingError` in words for a file that is missing, of another kind, or cannot be parsed.
    """
    config = config or TextsConfig()
    kind = _detect_kind(path, config.max_bytes)
    try:
        document, picture = asyncio.run(_parse(kind, path, config))
    except ReadingError as error:
        raise ReadingError(f"{path} cannot be read: {error}") from error
    return {
        "source": kind,
        "title": document.title,
        "sections": [
            {
                "level": section.level,
                "role": section.role,
                "heading": f"{section.number} {section.heading}".strip(),
                "page": section.page,
                "text": section.text,
            }
            for section in document.sections
        ],
        "tables": [table.to_dict() for table in document.tables],
        "figures": [
            {**asdict(figure), "image": picture.data_url if picture is not None and not index else None}
            for index, figure in enumerate(document.figures)
        ],
        "notes": [f"{document.note} read"] if document.note else [],
        "spans": [
            {**asdict(span), "text": " ".join(section.text[span.start : span.end].split())}
            for index, section in enumerate(document.sections)
            for span in find_spans(index, section.text, section.places)
        ],
        "score": asdict(document.score),
    }


async def _parse(kind: FileKind, path: Path, config: TextsConfig) -> tuple[Document, Picture | None]:
    async with WorkerPool(1, config) as workers:
        document = await workers.parse(kind, path)
        if config.pictures == "off" or not document.figures:
            return document, None
        try:
            return document, await _make_picture(workers, kind, path, document.figures[0])
        except ReadingError:
            return document, None


async def _make_picture(workers: WorkerPool, kind: FileKind, path: Path, figure: Figure) -> Picture | None:
    """The figure in the PDF, or the image that lies beside the page, where its address says."""
    if kind == "pdf":
        return await workers.make_picture(path, figure)
    image = (path.parent / figure.picture).resolve()
    beside = image.is_relative_to(path.parent.resolve()) and image.is_file()
    return await workers.make_picture(image) if beside else None


def _detect_kind(path: Path, max_bytes: int) -> FileKind:
    """What a file is, by its first bytes and not by its name."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        size = path.stat().st_size
    except FileNotFoundError:
        raise ReadingError(f"there is no file {path}") from None
    except OSError as error:
        raise ReadingError(f"{path} cannot be opened: {error.strerror}") from error
    if size > max_bytes:
        raise ReadingError(f"{path} is larger than {max_bytes / 1e6:g} MB: raise texts.max_bytes in digest.yaml")
    if b"%PDF-" in head:
        return "pdf"
    if b"<" in head:
        return "html"
    raise ReadingError(f"{path} is neither a PDF nor an HTML page")
