"""The database file, written anew."""

import pytest

from digest_assets.common.errors import StorageError
from digest_assets.config.settings import Settings
from digest_assets.papers.tables import PAPERS
from digest_assets.testing.row_factories import FRIDAY, make_paper
from digest_assets.warehouse import open_warehouse
from digest_assets.warehouse.compaction import compact_file


def test_days_that_were_replaced_take_no_room_any_more_and_nothing_is_lost(settings: Settings) -> None:
    warehouse = open_warehouse(settings)
    papers = [make_paper(f"2512.{n:05}", abstract=f"{pow(7919, n, 2**4001):x}") for n in range(1, 3000)]
    for some in (papers, papers[:2], papers[:3]):
        warehouse.replace_days(PAPERS, [FRIDAY], PAPERS.to_frame(some))
    stored = warehouse.read(PAPERS)
    path = settings.data_dir / "digest.duckdb"
    done = compact_file(path, 5)
    assert done.after == path.stat().st_size < done.before / 2
    assert warehouse.read(PAPERS).equals(stored)
    warehouse.replace_days(PAPERS, [FRIDAY], PAPERS.to_frame(papers[:1]))
    assert sorted(entry.name for entry in settings.data_dir.iterdir()) == ["digest.duckdb", "digest.duckdb.lock"]


def test_a_file_that_cannot_be_copied_is_left_as_it_is(settings: Settings) -> None:
    path = settings.data_dir / "digest.duckdb"
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError, match="left as it is"):
        compact_file(path, 5)
    assert path.read_bytes() == b"not a database" * 1000
