"""`digest prune`: what it lets go, and what it only says."""

from pathlib import Path

import pytest

from digest_assets.config.settings import Settings
from digest_assets.testing.row_factories import make_text
from digest_assets.texts.tables import PAPER_TEXTS, Section, TextRow
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.cli.conftest import Digest


def load_texts(settings: Settings) -> dict[str, TextRow]:
    return {row.id: row for row in PAPER_TEXTS.to_rows(open_warehouse(settings).read(PAPER_TEXTS))}


def test_old_texts_are_let_go_where_the_settings_say_so_and_what_was_made_of_them_stays(
    day: Settings, digest: Digest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    written = make_text(
        "2512.00077", sections=(Section(role="method", level=1, heading="Method", text="It works."),), characters=9
    )
    rows = [*load_texts(day).values(), written]
    open_warehouse(day).replace_days(PAPER_TEXTS, [written.day], PAPER_TEXTS.to_frame(rows))
    before, shown = load_texts(day), digest("show", str(written.day))

    assert "papers' texts" not in digest("prune", "--compact")
    (tmp_path / "digest.yaml").write_text("texts: {keep_days: 40}")
    assert "1 papers' texts would be let go" in digest("prune", "--dry-run")
    assert load_texts(day) == before
    assert "1 papers' texts were let go" in digest("prune")
    assert [id for id, row in load_texts(day).items() if row != before[id]] == [written.id]
    assert load_texts(day)[written.id].is_expired
    assert digest("show", str(written.day)) == shown != ""
