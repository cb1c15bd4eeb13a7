"""A paper's BibTeX entry, in the form that arXiv recommends: keys, escaping for TeX, and fields.

See https://info.arxiv.org/help/bibtex.html and https://ctan.org/pkg/biblatex for `eprint` and its companions.
"""

import re
import unicodedata

from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.common.markdown import to_single_line
from digest_assets.papers.tables import PaperRow

_MATHS = re.compile(r"(\$[^$]*\$)")
_SPECIAL = re.compile(r"(?<!\\)([&%#_])")
_STOP_WORDS = {"a", "an", "the", "on", "in", "of", "for", "to", "and", "with", "from", "towards", "toward", "is", "are"}


def format_bibtex(paper: PaperRow) -> str:
    """The entry, ending with a newline; published papers keep their DOI and journal in it."""
    year = str(paper.published.year) if paper.published else _parse_year(paper.id)
    fields = {
        "title": "{" + _escape(paper.title) + "}",  # a second pair keeps capitals
        "author": " and ".join(_format_author(name) for name in paper.authors),
        "year": year,
        "eprint": paper.id,
        "archivePrefix": "arXiv",
        "primaryClass": paper.primary_category or "",
        "doi": re.sub(r"[{}\s\\]", "", paper.doi or ""),
        "note": _escape(paper.journal_ref or ""),
        "url": build_paper_url("abs", paper.id),
    }
    width = max(len(name) for name in fields)
    lines = [f"  {name:<{width}} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{_make_key(paper, year)},\n" + ",\n".join(lines) + "\n}\n"


def _make_key(paper: PaperRow, year: str) -> str:
    """Family name, year, first word of the title that is no stop word; the id where these are not written in Latin."""
    family = _to_ascii(paper.authors[0].split()[-1]) if paper.authors and paper.authors[0].split() else ""
    words = [_to_ascii(word) for word in re.split(r"[\W_]+", paper.title)]
    word = next((word for word in words if len(word) > 1 and word not in _STOP_WORDS), "")
    return f"{family}{year}{word}" if family and word else f"arxiv{re.sub(r'[^0-9A-Za-z]', '', paper.id)}"


def _to_ascii(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())


def _format_author(name: str) -> str:
    """A name that cannot be read as two: an `and` or a comma inside it is braced."""
    value = _escape(name)
    return "{" + value + "}" if re.search(r",|\band\b", value) else value


def _escape(text: str) -> str:
    """Text with TeX's special characters escaped outside formulas, and no brace that would end the field."""
    text = to_single_line(text)
    if not _has_balanced_braces(text):
        text = re.sub(r"\\?[{}]", "", text)
    parts = _MATHS.split(text)
    escaped = "".join(part if index % 2 else _SPECIAL.sub(r"\\\1", part) for index, part in enumerate(parts))
    return escaped if escaped.count("$") % 2 == 0 else escaped.replace("$", r"\$")


def _has_balanced_braces(text: str) -> bool:
    depth = 0
    for character in text:  # BibTeX counts escaped braces too
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def _parse_year(arxiv_id: str) -> str:
    """The year in the id, of new and old form."""
    digits = arxiv_id.split("/")[-1][:2]
    return ("19" if int(digits) > 90 else "20") + digits
