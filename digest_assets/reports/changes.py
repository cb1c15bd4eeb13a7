"""What new versions changed: a paper that a report showed, and that a later day has in another version, side by side.

Found in the stored tables alone, so that the same days give the same rows in whichever order they are made: a day that
is made late has the later days' rows found anew.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any

import polars as pl

from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.papers.tables import PAPER_CHANGES, PAPERS, PaperChangeRow, PaperRow
from digest_assets.papers.withdrawals import find_withdrawal
from digest_assets.sources.tables import ARXIV_RECORDS, RecordRow
from digest_assets.summaries.verification.quantities import find_numbers
from digest_assets.texts.sentences import split_sentences
from digest_assets.warehouse import Table, Warehouse

_MAX_CHARACTERS = (
    10_000  # of a title or an abstract, five times what arXiv takes: the comparison is quadratic in sentences
)
_AFFECTED = """
    SELECT DISTINCT day FROM (
        SELECT id, day, version FROM papers UNION ALL SELECT id, day, version FROM arxiv_records
    ) WHERE day >= ? AND version > 1 AND id IN (SELECT id FROM papers WHERE list_contains(?, day))
"""
# The newest day before with a version stands beside each day's; a report may have shown the paper on any day before.
_PAIRS = """
    WITH versions AS (
        SELECT id, day, max(version) AS version FROM (
            SELECT id, day, version FROM papers UNION ALL SELECT id, day, version FROM arxiv_records
        ) WHERE version IS NOT NULL GROUP BY id, day
    ),
    shown AS (SELECT id, min(day) AS first_day FROM paper_groups GROUP BY id)
    SELECT new.day, new.id, old.day AS earlier_day
    FROM versions AS new ASOF JOIN versions AS old ON new.id = old.id AND new.day > old.day
    JOIN shown ON shown.id = new.id AND shown.first_day < new.day
    WHERE new.version > old.version AND list_contains(?, new.day)
    ORDER BY new.day, new.id
"""


def store_changes(warehouse: Warehouse, days: Sequence[date]) -> list[PaperChangeRow]:
    """Find and store what changed on these days, and on later ones that have papers of these; gives those of `days`."""
    with warehouse.hold_open():
        later = warehouse.query(_AFFECTED, [min(days), list(days)], tables=[PAPERS, ARXIV_RECORDS])["day"]
        affected = sorted({*days, *later})
        rows = find_changes(warehouse, affected)
    warehouse.replace_days(PAPER_CHANGES, affected, PAPER_CHANGES.to_frame(rows))
    return [row for row in rows if row.day in days]


def find_changes(warehouse: Warehouse, days: Sequence[date]) -> list[PaperChangeRow]:
    """The changes that these days brought, by day and id."""
    tables: list[Table[Any]] = [PAPERS, PAPER_GROUPS, ARXIV_RECORDS]
    pairs = list(warehouse.query(_PAIRS, [list(days)], tables=tables).iter_rows())
    ids = sorted({id for _, id, _ in pairs})
    versions = _load_versions(warehouse, ids)
    return [compare_versions(versions[id, earlier], versions[id, day]) for day, id, earlier in pairs]


def _load_versions(warehouse: Warehouse, ids: Sequence[str]) -> dict[tuple[str, date], PaperRow]:
    """These papers as each day has them; with the record's words where the day's record has a newer version, or alone."""
    papers: dict[tuple[str, date], PaperRow] = {}
    records: dict[tuple[str, date], RecordRow] = {}
    for row in PAPERS.to_rows(_read_papers(warehouse, PAPERS, ids)):
        papers[row.id, row.day] = row
    for record in ARXIV_RECORDS.to_rows(_read_papers(warehouse, ARXIV_RECORDS, ids)):
        records[record.id, record.day] = record
    versions = dict(papers)
    newest: dict[str, PaperRow] = {}
    for id, day in sorted(papers.keys() | records.keys(), key=lambda key: (key[1], key[0])):
        paper, recorded = papers.get((id, day)), records.get((id, day))
        base = paper or newest.get(id)
        if recorded and base and (paper is None or recorded.version > (paper.version or 0)):
            versions[id, day] = _apply_record(base, recorded)
        if (id, day) in versions:
            newest[id] = versions[id, day]
    return versions


def _read_papers(warehouse: Warehouse, table: Table[Any], ids: Sequence[str]) -> pl.DataFrame:
    sql = f"SELECT * FROM {table.name} WHERE list_contains(?, id)"  # noqa: S608 - a declared name
    return warehouse.query(sql, [list(ids)], tables=[table]).select(table.schema.names())


def _apply_record(paper: PaperRow, record: RecordRow) -> PaperRow:
    notice = find_withdrawal(record.comment, record.abstract)
    return paper.model_copy(
        update={
            "day": record.day,
            "version": record.version,
            "title": record.title,
            "abstract": record.abstract,
            "comment": record.comment,
            "withdrawal": (record.comment or "") if notice is None and record.is_withdrawn else notice,
        }
    )


def compare_versions(earlier: PaperRow, new: PaperRow) -> PaperChangeRow:
    """What differs between two versions of a paper."""
    assert earlier.version is not None
    assert new.version is not None
    removed, added = _compare_sentences(earlier.abstract, new.abstract)
    before, after = (_count_numbers(f"{paper.title}\n\n{paper.abstract}") for paper in (earlier, new))
    has_same_comment = earlier.comment == new.comment
    return PaperChangeRow(
        day=new.day,
        id=new.id,
        version=new.version,
        earlier_version=earlier.version,
        earlier_day=earlier.day,
        title=new.title,
        earlier_title=None if earlier.title == new.title else earlier.title,
        added_sentences=added,
        removed_sentences=removed,
        added_numbers=tuple(after - before),
        removed_numbers=tuple(before - after),
        comment=None if has_same_comment else new.comment,
        earlier_comment=None if has_same_comment else earlier.comment,
        withdrawal=new.withdrawal if earlier.withdrawal is None else None,
    )


def _compare_sentences(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sentences that only one of the two texts has at their place, in order."""
    old, new = (split_sentences(text[:_MAX_CHARACTERS]) for text in (before, after))
    removed: list[str] = []
    added: list[str] = []
    for kind, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            removed += old[old_start:old_end]
            added += new[new_start:new_end]
    return tuple(removed), tuple(added)


def _count_numbers(text: str) -> Counter[str]:
    """The numbers of a text as they are written, in order."""
    return Counter(number.text for number in find_numbers(text[:_MAX_CHARACTERS]))


def describe_change(row: PaperChangeRow) -> list[tuple[str, str | None, str | None]]:
    """What changed, for people: what it is, before, and now."""
    changes: list[tuple[str, str | None, str | None]] = []
    if row.earlier_title is not None:
        changes.append(("Title", row.earlier_title, row.title))
    if row.removed_sentences or row.added_sentences:
        changes.append(("Abstract", " ".join(row.removed_sentences) or None, " ".join(row.added_sentences) or None))
    if row.removed_numbers or row.added_numbers:
        changes.append(("Numbers", ", ".join(row.removed_numbers) or None, ", ".join(row.added_numbers) or None))
    if row.earlier_comment is not None or row.comment is not None:
        changes.append(("Comment", row.earlier_comment, row.comment))
    return changes
