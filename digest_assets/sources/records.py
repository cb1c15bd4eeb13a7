"""The records of papers that we know, as OAI-PMH gave them on the day: versions, withdrawals, licences. Kept by day."""

from datetime import date, datetime, timedelta

from digest_assets.common.errors import SourceError
from digest_assets.common.mailings import EASTERN
from digest_assets.config.settings import Settings
from digest_assets.sources.oai import MAX_AGE_DAYS, OaiRecord, fetch_records
from digest_assets.sources.tables import (
    ARXIV_LISTING,
    ARXIV_RECORDS,
    ARXIV_TOPIC_HITS,
    HF_DAILY_PAPERS,
    RecordRow,
    StoredVersion,
)
from digest_assets.warehouse import open_warehouse


def store_records(day: date, settings: Settings, listed: set[str], now: datetime) -> str:
    """Ask for the records that the mailing of `day` modified, and keep those of papers that it or an earlier day has.

    Gives what was done, in a sentence. A server that cannot be asked costs the day nothing: what was kept stays.
    """
    if settings.environment.arxiv_oai_url is None:
        return "not asked: another address of arXiv is set, and DIGEST_ARXIV_OAI_URL is not"
    if not settings.calendar.is_mailing(day):
        return "not asked: no mailing on this date"
    if (now.astimezone(EASTERN).date() - day).days > MAX_AGE_DAYS:
        return f"not asked: older than {MAX_AGE_DAYS} days"
    try:
        # What was modified since the mailing before, weekends included.
        first = settings.calendar.get_previous(day) + timedelta(days=1)
        records = {record.id: record for record in fetch_records(settings, first, day)}
    except SourceError as error:
        return f"not to be had ({error})"
    known = listed | _find_known_ids(settings, sorted(records))
    rows = [_build_row(day, record) for identifier, record in sorted(records.items()) if identifier in known]
    open_warehouse(settings).replace_days(ARXIV_RECORDS, [day], ARXIV_RECORDS.to_frame(rows))
    withdrawn = sum(row.is_withdrawn for row in rows)
    return f"{len(rows)} of {len(records)} records are of papers known here, {withdrawn} of them withdrawn"


def load_records(day: date, settings: Settings, ids: set[str]) -> dict[str, RecordRow]:
    """The newest records of these papers that this day or an earlier one kept."""
    frame = open_warehouse(settings).query(
        "SELECT * FROM arxiv_records WHERE day <= ? AND list_contains(?, id) "
        "QUALIFY row_number() OVER (PARTITION BY id ORDER BY day DESC) = 1 ORDER BY id",
        [day, sorted(ids)],
        tables=[ARXIV_RECORDS],
    )
    return {row.id: row for row in ARXIV_RECORDS.to_rows(frame.select(ARXIV_RECORDS.schema.names()))}


def _build_row(day: date, record: OaiRecord) -> RecordRow:
    return RecordRow(
        day=day,
        id=record.id,
        version=record.version,
        versions=tuple(StoredVersion(version=number, submitted=time) for number, time in record.versions),
        title=record.title,
        abstract=record.abstract,
        comment=record.comment,
        categories=record.categories,
        license=record.license,
        is_withdrawn=record.is_withdrawn,
    )


def _find_known_ids(settings: Settings, ids: list[str]) -> set[str]:
    tables = (ARXIV_LISTING, ARXIV_TOPIC_HITS, HF_DAILY_PAPERS)
    union = " UNION ".join(f"SELECT id FROM {table.name} WHERE list_contains(?, id)" for table in tables)  # noqa: S608
    return set(open_warehouse(settings).query(union, [ids] * len(tables), tables=tables)["id"])
