"""The page of queries: each is run as it stands there, over a data folder with what it asks for."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from digest_assets.config.settings import Settings
from digest_assets.reports.exports import DayExport, write_exports
from digest_assets.testing import row_factories
from digest_assets.testing.row_factories import FRIDAY

PAGE = Path(__file__).parents[2] / "docs" / "queries.md"
ATTACH, *QUERIES = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def connection(archive: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    paper = row_factories.make_paper("2512.00009", hf_upvotes=12, code_url="https://github.com/a/b")
    edition = row_factories.make_edition("category_digest", [paper], Settings())
    write_exports(DayExport(FRIDAY, [edition]), archive)
    with pytest.MonkeyPatch.context() as patch, duckdb.connect() as opened:
        patch.chdir(archive.data_dir)
        opened.execute(ATTACH)
        yield opened


def test_the_page_has_ten_queries() -> None:
    assert len(QUERIES) == 10


@pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))
def test_a_query_of_the_page_finds_something(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    assert connection.execute(query).fetchall()
