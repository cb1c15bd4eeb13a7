"""What was read of a file as plain text, for `digest read` without `--json`."""

from collections.abc import Iterator, Mapping
from typing import Any

from digest_assets.common.markdown import to_single_line


def format_file(content: Mapping[str, Any]) -> str:
    """Title, sections with their level, role and page, tables and figures; at the end what could not be read."""
    return "\n\n".join(part for part in _format_parts(content) if part) + "\n"


def _format_parts(content: Mapping[str, Any]) -> Iterator[str]:
    yield f"{to_single_line(content['title'] or 'without a title')}  [{content['source']}]"
    for section in content["sections"]:
        mark = f"{'#' * max(section['level'], 1)} {to_single_line(section['heading'])}  " if section["heading"] else ""
        yield f"{mark}[{section['role']}{_format_page(section)}]"
        yield _strip_controls(section["text"])
    for number, table in enumerate(content["tables"], 1):
        yield f"[table {number}{_format_page(table)}] {to_single_line(table['caption'] or '')}"
        yield "\n".join(" | ".join(to_single_line(cell) for cell in row) for row in table["rows"])
    for number, figure in enumerate(content["figures"], 1):
        yield f"[figure {number}{_format_page(figure)}] {to_single_line(figure['caption'] or '')}"
    yield "\n".join(f"note: {note}" for note in content["notes"])


def _format_page(part: Mapping[str, Any]) -> str:
    return "" if part["page"] is None else f", page {part['page']}"


def _strip_controls(text: str) -> str:
    """A file's text cannot command the terminal: each of its lines as one that only shows."""
    return "\n".join(to_single_line(line) for line in text.splitlines())
