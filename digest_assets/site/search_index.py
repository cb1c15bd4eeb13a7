"""A day's papers as the browser's search reads them.

The pieces are scripts, not JSON, because a page opened from a folder may load a script that lies beside it but may
not fetch a file (https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS/Errors/CORSRequestNotHttp).
"""

import json
import re
from datetime import date
from typing import Any

from digest_assets.common.markdown import to_single_line
from digest_assets.reports import urls
from digest_assets.reports.summary_sections import iter_texts
from digest_assets.site.manifest import make_headline, rank_papers
from digest_assets.site.paper_history import PaperHistory, PublishedDay

_CALL = "digestSearch.add("
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*")


def render_piece(day: PublishedDay) -> str:
    """The script that hands a day's papers to the search."""
    rows = (
        json.dumps(_make_row(day.day, history), ensure_ascii=False, separators=(",", ":"))
        for history in rank_papers(day)
    )
    written = ",\n".join(rows).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f'{_CALL}"{day.day.isoformat()}",[\n{written}\n]);\n'


def read_ids(text: str | None) -> set[str]:
    """The papers that a piece names; none if there is no piece."""
    if not text:
        return set()
    rows: list[dict[str, Any]] = json.loads(text[text.index("[") : text.rindex(")")])
    return {row["id"] for row in rows}


def _make_row(day: date, history: PaperHistory) -> dict[str, Any]:
    item = make_headline(history, day)
    abstract = to_single_line(history.get_row(day).abstract)
    row: dict[str, Any] = {
        "id": item.id,
        "page": urls.paper_page(item.id),
        "title": to_single_line(item.title),
        "authors": [to_single_line(name) for name in item.authors],
        "categories": item.categories,
        "gist": to_single_line(item.gist),
        "abstract": abstract,
    }
    more = _find_new_sentences(history, day, known=abstract + row["gist"])
    optional = {"topics": item.topics, "upvotes": item.upvotes, "code": 1 if item.code_url else 0, "more": more}
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
