"""A day's papers as the browser's search shows them, in parts of a few: a list of results loads only those it shows.

The parts are scripts, not JSON, because a page opened from a folder may load a script that lies beside it but may
not fetch a file (https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS/Errors/CORSRequestNotHttp).
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from digest_assets.common.markdown import normalize_names, to_single_line
from digest_assets.reports import urls
from digest_assets.reports.summary_sections import iter_texts
from digest_assets.site.files import SiteFolder
from digest_assets.site.html import escape_separators, text_html
from digest_assets.site.manifest import make_headline, rank_papers
from digest_assets.site.paper_history import PaperHistory, PublishedDay

PAPERS_PER_PART = 16  # 8 kB, 3 kB compressed: ten results from ten days load in a quarter of a second on a phone
_TEXTS = ("abstract", "more")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*")


def make_rows(day: PublishedDay, addresses: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the search finds and shows of a day's papers, the best first."""
    return [_make_row(day.day, history, addresses) for history in rank_papers(day)]


def write_papers(folder: SiteFolder, day: date, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make these the day's papers; none removes them. What only a phrase is looked for in has files of its own."""
    written = set()
    for number, first in enumerate(range(0, len(rows), PAPERS_PER_PART)):
        part = rows[first : first + PAPERS_PER_PART]
        shown = [{name: value for name, value in row.items() if name not in _TEXTS} for row in part]
        texts = [" ".join(row[name] for name in _TEXTS if name in row) for row in part]
        for name, values in ((urls.search_papers(day, number), shown), (urls.search_texts(day, number), texts)):
            lines = (json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values)
            script = escape_separators(",\n".join(lines))
            folder.write(name, f'digestSearch.add("{day.isoformat()}",[\n{script}\n]);\n')
            written.add(name)
    for name in folder.list_files(urls.search_folder(day)):
        if name not in written:
            folder.remove(name)


def read_addresses(folder: SiteFolder, day: date) -> dict[str, str]:
    """The papers that a day has in the search, by id."""
    found: dict[str, str] = {}
    while text := folder.read(urls.search_papers(day, len(found) // PAPERS_PER_PART)):
        rows: list[dict[str, Any]] = json.loads(text[text.index("[") : text.rindex(")")])
        found |= {row["id"]: row["page"] for row in rows}
        if len(rows) < PAPERS_PER_PART:
            break
    return found


def _make_row(day: date, history: PaperHistory, addresses: Mapping[str, str]) -> dict[str, Any]:
    item = make_headline(history, day, addresses)
    abstract = to_single_line(history.get_row(day).abstract)
    row: dict[str, Any] = {
        "id": item.id,
        "page": item.address,
        "title": to_single_line(item.title),
        "authors": normalize_names(item.authors),
        "categories": item.categories,
        "gist": to_single_line(item.gist),
        "abstract": abstract,
    }
    title = text_html(row["title"])
    more = _find_new_sentences(history, day, known=abstract + row["gist"])
    optional = {"topics": item.topics, "upvotes": item.upvotes, "code": 1 if item.code_url else 0, "more": more}
    if "<math" in title:
        optional["html"] = str(title)
    return row | {name: value for name, value in optional.items() if value}


def _find_new_sentences(history: PaperHistory, day: date, known: str) -> str:
    """The sentences of the day's summaries that stand neither in the abstract nor in one another."""
    sentences: dict[str, None] = {}
    for appearance in history.list_appearances(day):
        for text in iter_texts(appearance.entry.fields):
            for sentence in _SENTENCE.split(to_single_line(text)):
                if sentence and sentence not in known:
                    sentences[sentence] = None
    return " ".join(sentences)
