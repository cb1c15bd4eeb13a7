"""Looking things up in the archive: papers by words, a paper, its tables, a day's or week's report, what is near, what changed.

Each gives items for `pages.py`. Nothing here writes a table; texts are raw, and fenced where the page is rendered.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from digest_assets.answers.pages import Item, split_text
from digest_assets.answers.sources import ArchivedPaper, Source, load_paper, name_section, parse_id
from digest_assets.archive.tables import SIMILAR_PAPERS
from digest_assets.common.arxiv_ids import build_paper_url
from digest_assets.common.errors import ReportError
from digest_assets.common.markdown import to_single_line
from digest_assets.config.fields import WEEKLY_REPORT
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS
from digest_assets.relevance.author_names import AuthorIndex
from digest_assets.relevance.library import list_readers
from digest_assets.relevance.tables import RELEVANCE
from digest_assets.reports.changes import describe_change
from digest_assets.reports.tables import REPORTS
from digest_assets.reports.write import get_report_path
from digest_assets.search.papers import search_papers
from digest_assets.summaries.tables import PAPER_SUMMARIES, ClaimSpan, SummaryRow
from digest_assets.texts.tables import PAPER_TEXTS, TextRow
from digest_assets.warehouse import Warehouse
from digest_assets.weekly.tables import WEEKLY
from digest_assets.weekly.write import get_week_path

MAX_PAPERS = 200  # of a search: who needs more asks the Parquet files
_MAX_HITS = 1_000  # that are looked through for an author or a category
_ABSTRACT_CHARACTERS = 400  # of a paper in a list: what it is about
_PAPER_FIELDS = (
    "title", "authors", "abstract", "categories", "published", "updated", "comment", "withdrawal", "license", "doi",
    "journal_ref", "topics", "hf_upvotes", "organization", "code_url", "huggingface_url", "project_url",
)  # fmt: skip
# The newest day of each paper among these days, where ids are given of these alone; what is long is read of the first only.
_LIST_PAPERS = f"""
    WITH newest AS (
        SELECT id, max(day) AS day FROM papers WHERE day BETWEEN ? AND ? AND (? OR list_contains(?::VARCHAR[], id))
            AND (? = '' OR list_contains(categories, ?) OR primary_category = ?)
        GROUP BY id
    ), listed AS (
        SELECT n.id, n.day, r.score, r.reason
        FROM newest AS n LEFT JOIN relevance AS r ON r.day = n.day AND r.id = n.id AND r.reader = ?
        ORDER BY r.score DESC NULLS LAST, n.day DESC, n.id LIMIT {_MAX_HITS}
    )
    SELECT p.id, p.version, p.day, p.title, p.authors, p.primary_category, p.hf_upvotes, p.abstract, l.score, l.reason
    FROM listed AS l JOIN papers AS p ON p.day = l.day AND p.id = l.id
    ORDER BY l.score DESC NULLS LAST, p.day DESC, p.id
"""  # noqa: S608 - our own number


def list_papers(
    settings: Settings,
    warehouse: Warehouse,
    *,
    words: str = "",
    author: str = "",
    category: str = "",
    since: date,
    until: date,
    reader: str | None = None,
) -> list[Item]:
    """Papers with all of this, at most 200: the best match first, else the newest; for a reader, by the reader's score."""
    if reader is not None and reader not in list_readers(settings):
        names = ", ".join(repr(name) for name in list_readers(settings))
        raise ReportError(f"no reader is called {reader!r}; there are {names}")
    query = " ".join(filter(None, (words, " ".join(to_single_line(author).replace('"', " ").split()[-1:]))))
    found = search_papers(settings, query, since=since, until=until, most=_MAX_HITS) if query else None
    ranks = {hit.id: rank for rank, hit in enumerate(found.hits)} if found else {}
    frame = warehouse.query(
        _LIST_PAPERS,
        [since, until, found is None, list(ranks), category, category, category, reader or ""],
        tables=[PAPERS, RELEVANCE],
    )
    rows = list(frame.iter_rows(named=True))
    if author:
        asked_author = AuthorIndex([(author, True)])
        rows = [row for row in rows if any(asked_author.find(name) for name in row["authors"])]
    if reader is None:
        rows.sort(key=lambda row: row["id"])
        rows.sort(key=lambda row: row["day"], reverse=True)
        if found:
            rows.sort(key=lambda row: ranks[row["id"]])
    listed = [_describe_listed(row, reader is not None) for row in rows[:MAX_PAPERS]]
    return listed if found is None or found.has_all else [{**item, "has_all_words": False} for item in listed]


def _describe_listed(row: Mapping[str, Any], is_for_reader: bool) -> Item:
    abstract = to_single_line(row["abstract"])
    item = {
        "id": row["id"],
        "version": row["version"],
        "day": row["day"],
        "title": to_single_line(row["title"]),
        "authors": row["authors"],
        "category": row["primary_category"],
        "upvotes": row["hf_upvotes"],
        "abstract": abstract if len(abstract) <= _ABSTRACT_CHARACTERS else abstract[: _ABSTRACT_CHARACTERS - 1] + "…",
        "url": build_paper_url("abs", row["id"]),
    }
    return {**item, "score": row["score"], "reason": row["reason"]} if is_for_reader else item


def describe_paper(warehouse: Warehouse, id_: str) -> list[Item]:
    """A paper: its metadata, what was read of it, and each newest summary with its claims and their places."""
    paper = load_paper(warehouse, id_)
    days = warehouse.query("SELECT day FROM papers WHERE id = ? ORDER BY day", [paper.row.id], tables=[PAPERS])
    row = paper.row.model_dump(mode="json")
    head = {
        "kind": "paper",
        "id": paper.row.id,
        "version": paper.row.version,
        **{name: row[name] for name in _PAPER_FIELDS if row[name] not in (None, [], "")},
        "days": days["day"].to_list(),
        "url": build_paper_url("abs", paper.row.id),
        "read": paper.text.source,
        "sections": [name_section(section) for section in paper.text.sections],
        "tables": len(paper.text.tables),
    }
    return [head, *_describe_summaries(warehouse, paper)]


def _describe_summaries(warehouse: Warehouse, paper: ArchivedPaper) -> Iterator[Item]:
    query = """
        SELECT * FROM paper_summaries WHERE id = ?
        QUALIFY row_number() OVER (PARTITION BY report, language ORDER BY day DESC) = 1 ORDER BY report, language
    """
    frame = warehouse.query(query, [paper.row.id], tables=[PAPER_SUMMARIES]).select(PAPER_SUMMARIES.schema.names())
    summaries = PAPER_SUMMARIES.to_rows(frame)
    versions = _load_read_versions(warehouse, paper.row.id)
    for summary in summaries:
        yield {
            "kind": "summary",
            "day": summary.day,
            "report": summary.report,
            "language": summary.language,
            "written_by": summary.model or summary.engine,
            "fields": json.loads(summary.fields),
            "numbers_traced": f"{summary.numbers_traced}/{summary.numbers_total}",
            "note": summary.note,
        }
        yield from _describe_claims(summary, paper, versions.get(summary.day))


def _describe_claims(summary: SummaryRow, paper: ArchivedPaper, version: int | None) -> Iterator[Item]:
    for claim in summary.claims:
        yield {
            "kind": "claim",
            "report": summary.report,
            "language": summary.language,
            "field": claim.field,
            "sentence": claim.sentence,
            "verdict": claim.verdict,
            "spans": [describe_span(span, paper, version) for span in claim.spans],
        }


def describe_span(span: ClaimSpan, paper: ArchivedPaper, version: int | None) -> Item:
    """A place that a sentence stands on: what stands there, the page, and the address of the version that was read."""
    source = Source(paper.row.id, version or paper.row.version, "", "", span.page, span.element)
    return {"quote": span.quote, "page": span.page, "url": source.url}


def _load_read_versions(warehouse: Warehouse, id_: str) -> dict[date, int | None]:
    """Which version each day read."""
    frame = warehouse.query("SELECT day, version FROM paper_texts WHERE id = ?", [id_], tables=[PAPER_TEXTS])
    return dict(frame.iter_rows())


def describe_tables(warehouse: Warehouse, id_: str) -> list[Item]:
    """The tables of a paper as rows of texts, each with where it stands; long ones in parts."""
    paper = load_paper(warehouse, id_)
    return [
        item for number, _ in enumerate(paper.text.tables, 1) for item in _describe_table(paper, paper.text, number)
    ]


def _describe_table(paper: ArchivedPaper, text: TextRow, number: int) -> Iterator[Item]:
    table = text.tables[number - 1]
    source = paper.make_source(-1, table.page, table.element).describe()
    parts = split_text("\n".join(" | ".join(row) for row in table.rows))
    for part, rows in enumerate(parts, 1):
        yield {
            "table": number,
            "part": f"{part}/{len(parts)}",
            "caption": table.caption,
            "rows": rows,
            "source": source,
        }


def describe_report(settings: Settings, warehouse: Warehouse, day: str, report: str = "") -> list[Item]:
    """A day's report, or a week's, as Markdown in parts; without a name, which reports the day has.

    Raises `ReportError` that names what there is instead.
    """
    known = warehouse.query("SELECT day, report FROM reports ORDER BY day DESC, report", tables=[REPORTS])
    weeks = warehouse.query("SELECT day FROM weekly ORDER BY day DESC", tables=[WEEKLY])["day"].to_list()
    made: dict[date, list[str]] = {}
    for on, name in known.iter_rows():
        made.setdefault(on, []).append(name)
    on = _parse_made_day(day, list(made))
    if not report:
        week = on - timedelta(days=on.weekday())
        names = [*made.get(on, ()), *([WEEKLY_REPORT] if week in weeks else [])]
        if not names:
            raise _explain_missing(on, list(made))
        return [{"day": on, "reports": names}]
    if report == WEEKLY_REPORT:
        monday = on - timedelta(days=on.weekday())
        if monday not in weeks:
            raise ReportError(f"the week of {on} has no report; there are those of {_list_some(weeks)}")
        return _read_parts(settings.data_dir / get_week_path(monday), monday, report)
    if on not in made:
        raise _explain_missing(on, list(made))
    if report not in made[on]:
        raise ReportError(f"{on} has no report {report[:40]!r}; it has {', '.join(made[on])}")
    return _read_parts(settings.data_dir / get_report_path(on, report), on, report)


def _parse_made_day(text: str, days: Sequence[date]) -> date:
    if text == "latest":
        if not days:
            raise ReportError("no day has a report yet")
        return days[0]
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ReportError(f"not a day: {text[:40]!r} (expected like 2025-12-05, or latest)") from None


def _explain_missing(on: date, days: Sequence[date]) -> ReportError:
    return ReportError(f"{on} has no reports; the newest days are {_list_some(days)}")


def _list_some(days: Sequence[date]) -> str:
    return ", ".join(map(str, days[:5])) or "none yet"


def _read_parts(path: Path, day: date, report: str) -> list[Item]:
    try:
        parts = split_text(path.read_text("utf-8"))
    except OSError as error:
        raise ReportError(f"the file of {report} of {day} cannot be read: {error.strerror}") from None
    return [
        {"day": day, "report": report, "part": f"{part}/{len(parts)}", "markdown": text}
        for part, text in enumerate(parts, 1)
    ]


def list_similar(warehouse: Warehouse, id_: str) -> list[Item]:
    """The papers near one, as each newest day that looked says: earlier ones it is near to, and later ones near to it."""
    paper = load_paper(warehouse, parse_id(id_))
    query = """
        SELECT n.day, n.similar_id AS id, n.similar_title AS title, n.similar_day AS of_day, n.similarity, n.kinship
        FROM similar_papers AS n WHERE n.id = ?
        UNION ALL
        SELECT n.day, n.id, p.title, n.day AS of_day, n.similarity, n.kinship
        FROM similar_papers AS n JOIN papers AS p ON p.day = n.day AND p.id = n.id WHERE n.similar_id = ?
        ORDER BY ALL
    """
    frame = warehouse.query(query, [paper.row.id, paper.row.id], tables=[SIMILAR_PAPERS, PAPERS])
    newest = {row["id"]: row for row in frame.iter_rows(named=True)}
    return [
        {
            "id": row["id"],
            "title": to_single_line(row["title"]),
            "day": row["of_day"],
            "similarity": round(row["similarity"], 3),
            "kinship": row["kinship"],
            "url": build_paper_url("abs", row["id"]),
        }
        for row in sorted(newest.values(), key=lambda row: (-row["similarity"], row["id"]))
    ]


def list_changes(warehouse: Warehouse, *, since: date, until: date, id_: str = "") -> list[Item]:
    """What new versions of papers changed that a report had shown, the newest first; of one paper where an id is given."""
    paper_id = parse_id(id_) if id_ else ""
    query = "SELECT * FROM paper_changes WHERE day BETWEEN ? AND ? AND (? = '' OR id = ?) ORDER BY day DESC, id"
    frame = warehouse.query(query, [since, until, paper_id, paper_id], tables=[PAPER_CHANGES])
    return [
        {
            "day": row.day,
            "id": row.id,
            "version": row.version,
            "earlier_version": row.earlier_version,
            "title": to_single_line(row.title),
            "withdrawal": row.withdrawal,
            "changes": [{"what": what, "before": before, "now": now} for what, before, now in describe_change(row)],
            "url": build_paper_url("abs", f"{row.id}v{row.version}"),
        }
        for row in PAPER_CHANGES.to_rows(frame.select(PAPER_CHANGES.schema.names()))
    ]
