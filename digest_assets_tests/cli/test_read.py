"""`digest read`: a file as summaries see it, for people and for programs, without settings or database."""

import json
from pathlib import Path

import pytest

from digest_assets.cli.file_view import format_file
from digest_assets.testing.sample.collection import load_sources
from digest_assets.testing.sample.html import render_html
from digest_assets.testing.sample.pdf import render_pdf
from digest_assets_tests.cli.conftest import Digest

KEYS = {
    "sections": {"level", "role", "heading", "page", "text"},
    "tables": {"caption", "page", "rows"},
    "figures": {"caption", "page"},
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A sample paper of each kind."""
    papers = {paper.front_matter.form: paper for paper in load_sources()}
    rendered = {"html": render_html(papers["html"]), "pdf": render_pdf(papers["pdf, two columns"])}
    for kind, content in rendered.items():
        (tmp_path / f"paper.{kind}").write_bytes(content)
    return {kind: tmp_path / f"paper.{kind}" for kind in rendered}


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_the_json_has_the_keys_that_programs_read(
    digest: Digest, files: dict[str, Path], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGEST_CONFIG")
    content = json.loads(digest("read", str(files[kind]), "--json"))
    assert content.keys() >= {"source", "title", "sections", "tables", "figures", "notes"}
    assert content["source"] == kind
    for name, keys in KEYS.items():
        assert all(part.keys() >= keys for part in content[name])
    roles = [section["role"] for section in content["sections"]]
    assert {"abstract", "introduction"} <= set(roles)
    assert all((section["page"] is None) == (kind == "html") for section in content["sections"])


def test_without_json_it_is_text_to_read(digest: Digest, files: dict[str, Path]) -> None:
    printed = digest("read", str(files["html"]))
    assert "# 1 Introduction  [introduction]\n" in printed
    assert printed.code == 0


def test_a_file_that_cannot_be_read_is_an_error_in_one_line(digest: Digest, tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    printed = digest("read", str(tmp_path / "empty.pdf"))
    assert printed.code == 1
    assert printed.error.startswith("error: ")
    assert "empty.pdf is neither a PDF nor an HTML page" in printed.error


def test_tables_figures_and_notes_are_shown_and_nothing_commands_the_terminal() -> None:
    shown = format_file(
        {
            "source": "pdf",
            "title": "A \x1b[31mtitle",
            "sections": [{"level": 0, "role": "other", "heading": "", "page": None, "text": "one\x1b[2J\ntwo"}],
            "tables": [{"caption": "Sizes", "page": 3, "rows": [["Method", "MB"], ["Ours", "6.2"]]}],
            "figures": [{"caption": None, "page": 4}],
            "notes": ["the first 200 pages read"],
        }
    )
    assert "\x1b" not in shown
    assert shown.startswith(
        "A [31mtitle  [pdf]\n\n[other]\n\none[2J\ntwo\n\n[table 1, page 3] Sizes\n\nMethod | MB\nOurs | 6.2"
    )
    assert shown.endswith("[figure 1, page 4] \n\nnote: the first 200 pages read\n")
