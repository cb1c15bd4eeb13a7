"""Stored summaries that need no making again: what they were made from is the same, down to the program itself.

Writing, sanitizing, tracing numbers and looking up evidence give the same row from the same paper, text, settings and
code, so a row that says what it was made from can be kept. What a model failed to give, or gave otherwise than asked
for, is never kept: making it again may end better.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import digest_assets
from digest_assets.config.settings import Config
from digest_assets.summaries.claim_check import is_open
from digest_assets.summaries.requests import PaperContent, SummaryRequest
from digest_assets.summaries.tables import SummaryRow

RowKey = tuple[date, str, str, str]


def get_row_key(row: SummaryRow | SummaryRequest) -> RowKey:
    """Which summary it is: day, paper, report and language."""
    return (row.day, row.id, row.report, row.language)


def compute_sources(requests: Iterable[SummaryRequest], config: Config) -> dict[RowKey, str]:
    """Hash of all that each request's row follows from, but for the model's answer, which stays the one that was kept."""
    papers: dict[int, bytes] = {}  # by the content's identity: reports share one, and a text is long
    settings = {report: _hash_settings(report, config) for report in {request.report for request in requests}}
    sources = {}
    for request in requests:
        content = request.content
        if id(content) not in papers:
            papers[id(content)] = _hash_content(content)
        custom = request.custom.revision if request.custom else ""
        parts = (
            _hash_program(),
            settings[request.report],
            papers[id(content)],
            custom.encode(),
            request.language.encode(),
        )
        sources[get_row_key(request)] = _hash(*parts).hex()
    return sources


def find_unchanged(
    stored: Sequence[SummaryRow], sources: Mapping[RowKey, str], config: Config
) -> dict[RowKey, SummaryRow]:
    """The stored rows that would be made the same."""
    is_judged = config.summaries.roles.check is not None  # whoever judges may have failed to
    return {
        get_row_key(row): row
        for row in stored
        if row.made_from is not None
        and row.made_from == sources.get(get_row_key(row))
        and row.engine == config.summaries.engine
        and not row.failed
        and row.note is None
        and not (is_judged and any(map(is_open, row.claims)))
    }


@cache
def _hash_program() -> bytes:
    """Hash of the package's code, prompts and data: 412 files, 15 ms. Nobody has to remember to raise a number."""
    root = Path(digest_assets.__file__).parent
    files = sorted(path for path in root.rglob("*") if path.suffix in (".py", ".jinja", ".json", ".txt", ".yaml"))
    return _hash(*(part for path in files for part in (str(path.relative_to(root)).encode(), path.read_bytes())))


def _hash_settings(report: str, config: Config) -> bytes:
    of_report = config.reports.get_config(report)
    return _hash(config.summaries.model_dump_json().encode(), of_report.model_dump_json().encode())


def _hash_content(content: PaperContent) -> bytes:
    text = content.text.model_dump_json(exclude={"picture"})  # which is for those who show it
    return _hash(content.paper.model_dump_json().encode(), text.encode())


def _hash(*parts: bytes) -> bytes:
    """Hash of parts, none of which can run into the next."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()
