"""Reading a day's papers: download and parse arXiv's HTML, else the PDF, else take the abstract and say why.

While files are downloaded, parsing runs in other processes; each paper that was read is cached at once.
"""

import asyncio
import hashlib
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from digest_assets.common.arxiv_ids import ArxivId, is_arxiv_id
from digest_assets.common.errors import ReadingError
from digest_assets.config.fields import Depth
from digest_assets.config.settings import Settings
from digest_assets.texts.cache import CachedText, TextCache
from digest_assets.texts.document import Document, Picture
from digest_assets.texts.download import PaperDownloader
from digest_assets.texts.tables import Section, StoredPicture, TextRow, add_structure, ensure_abstract
from digest_assets.texts.worker import FileKind, WorkerPool

logger = logging.getLogger(__name__)

_SOURCES: tuple[FileKind, ...] = ("html", "pdf")


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A paper of a day, how deep it is to be read, and whether its first figure's picture is wanted."""

    day: date
    id: str
    version: int | None
    abstract: str
    depth: Depth
    pictured: bool = False


@dataclass(slots=True)
class ReadResult:
    """The rows, sorted by day and id, and what it took to get them. `bytes` came over the network."""

    rows: list[TextRow] = field(default_factory=list)
    seconds: float = 0.0
    requests: int = 0
    bytes: int = 0
    from_cache: int = 0


@dataclass(frozen=True, slots=True)
class _PaperResult:
    """What was read of a paper; without an entry, only its abstract can be had."""

    entry: CachedText | None
    reasons: tuple[str, ...] = ()
    can_retry: bool = False
    cached: bool = False


Progress = Callable[[int, int, str], None]  # papers done, papers in all, the one just done in words


def read_papers(
    requests: Sequence[ReadRequest], settings: Settings, *, refresh: bool = False, progress: Progress | None = None
) -> ReadResult:
    """One row for each wanted paper of each day. One that cannot be read gets its abstract and the reason.

    A paper that stands in several days is fetched once. What was read before is taken from the cache, unless
    `refresh` asks the site whether it changed.
    """
    started = time.monotonic()
    full = sorted({(paper.id, paper.version) for paper in requests if paper.depth == "full"}, key=str)
    reading = ReadResult()
    pictured = {(paper.id, paper.version) for paper in requests if paper.pictured}
    results = asyncio.run(_read_all(full, pictured, settings, refresh, progress, reading)) if full else {}
    reading.rows = sorted(
        (
            _build_row(paper, results.get((paper.id, paper.version)) if paper.depth == "full" else None)
            for paper in requests
        ),
        key=lambda row: (row.day, row.id),
    )
    reading.seconds = time.monotonic() - started
    return reading


async def _read_all(
    papers: Sequence[tuple[str, int | None]],
    pictured: Set[tuple[str, int | None]],
    settings: Settings,
    refresh: bool,
    progress: Progress | None,
    reading: ReadResult,
) -> dict[tuple[str, int | None], _PaperResult]:
    choice = settings.config.texts
    cache = TextCache(settings.data_dir / "cache", max_pages=choice.max_pages, max_bytes=choice.cache_bytes)
    processes = min(os.cpu_count() or 1, choice.connections)
    # More papers under way than connections, so that parsing never waits for the network nor the other way round.
    slots = asyncio.Semaphore(choice.connections + processes)
    results: dict[tuple[str, int | None], _PaperResult] = {}
    with tempfile.TemporaryDirectory(prefix="digest-texts-") as temporary:
        folder = cache.files if choice.keep_files else Path(temporary)
        async with WorkerPool(processes, choice) as workers, PaperDownloader(settings, folder) as site:
            reader = _PaperReader(cache, site, workers, keep_files=choice.keep_files, refresh=refresh)

            async def read(id: str, version: int | None) -> None:
                async with slots:
                    result = await reader.read(id, version, pictured=(id, version) in pictured)
                results[id, version] = result
                reading.from_cache += result.cached
                if progress is not None:
                    source = result.entry.source if result.entry else "abstract"
                    progress(len(results), len(papers), f"{id}: {'; '.join((source, *result.reasons))}")

            async with asyncio.TaskGroup() as tasks:
                for paper in papers:
                    tasks.create_task(read(*paper))
            reading.requests, reading.bytes = site.requests, site.bytes
    cache.shrink()
    return results


@dataclass(frozen=True, slots=True)
class _PaperReader:
    """The fallback chain for one paper."""

    cache: TextCache
    site: PaperDownloader
    workers: WorkerPool
    keep_files: bool
    refresh: bool

    async def read(self, id: str, version: int | None, *, pictured: bool) -> _PaperResult:
        if not is_arxiv_id(id):
            return _PaperResult(None, (f"not an arXiv id: {id[:60]!r}",))
        paper = ArxivId(id, version)
        cached = self.cache.get(paper)
        if cached is not None and pictured and not cached.pictured:
            cached = None  # the settings wanted no pictures then: the file is needed again
        if cached is not None and not self.refresh and self.cache.is_fresh(paper, cached):
            return _PaperResult(cached, cached.reasons, cached=True)
        reasons: list[str] = []
        can_retry = False
        for kind in _SOURCES:
            try:
                entry = await self._read_from(kind, paper, cached, tuple(reasons), pictured)
            except ReadingError as error:
                reasons.append(f"{kind}: {error}")
                can_retry = can_retry or error.can_retry
            else:
                self.cache.put(paper, entry)
                return _PaperResult(entry, entry.reasons)
        return _PaperResult(None, tuple(reasons), can_retry)

    async def _read_from(
        self, kind: FileKind, paper: ArxivId, cached: CachedText | None, reasons: tuple[str, ...], pictured: bool
    ) -> CachedText:
        path = None if self.refresh else self.cache.find_file(paper, kind)
        validators = dict(cached.validators) if cached is not None and cached.source == kind else {}
        if path is None:
            fetched = await self.site.download(kind, paper, validators)
            if fetched.path is None and cached is not None:
                return replace(cached, reasons=reasons, validated_at=time.time())
            assert fetched.path is not None  # only a request with validators is answered by "not modified"
            path, validators = fetched.path, dict(fetched.validators)
        try:
            document = await self.workers.parse(kind, path)
            picture = await self._make_picture(kind, paper, path, document) if pictured else None
        finally:
            if not self.keep_files:
                path.unlink(missing_ok=True)
        return CachedText(kind, document, reasons, validators, pictured=pictured, picture=picture)

    async def _make_picture(self, kind: FileKind, paper: ArxivId, path: Path, document: Document) -> Picture | None:
        """The first figure's picture; a trouble with it costs nothing else of the paper."""
        figure = next(iter(document.figures), None)
        if figure is None or (kind == "html" and not figure.picture):
            return None
        try:
            if kind == "pdf":
                return await self.workers.make_picture(path, figure)
            image = await self.site.download_image(paper, figure.picture)
            try:
                return await self.workers.make_picture(image)
            finally:
                image.unlink(missing_ok=True)
        except ReadingError as error:
            logger.info("%s: no picture of the first figure: %s", paper, error)
            return None


def _build_row(paper: ReadRequest, result: _PaperResult | None) -> TextRow:
    entry = result.entry if result is not None else None
    parsed = entry.document.sections if entry is not None else ()
    sections = ensure_abstract(tuple(map(Section.from_parsed, parsed)), paper.abstract)
    reasons = list(result.reasons) if result is not None else []
    if entry is not None and entry.document.note:
        reasons.append(f"{entry.source}: {entry.document.note}")
    row = TextRow(
        day=paper.day,
        id=paper.id,
        version=paper.version,
        source=entry.source if entry is not None else "abstract",
        sections=sections,
        characters=sum(len(section.text) for section in sections),
        pages=entry.document.pages if entry is not None else None,
        sha256=hash_sections(sections),
        reason="; ".join(reasons) or None,
        can_retry=result.can_retry if result is not None else False,
        picture=StoredPicture.from_picture(entry.picture) if paper.pictured and entry and entry.picture else None,
    )
    return row if entry is None else add_structure(row, entry.document)


def hash_sections(sections: Sequence[Section]) -> str:
    """The text's identity: of everything that a summariser is shown."""
    data = [section.model_dump() for section in sections]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
