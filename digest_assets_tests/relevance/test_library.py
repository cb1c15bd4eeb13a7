"""Libraries of files, Zotero and ids; marks of the table and of files."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from digest_assets.common.errors import ConfigError, ReportError
from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.papers.tables import PAPERS
from digest_assets.relevance.library import add_marks, load_profiles, load_reader_marks, refresh_library
from digest_assets.relevance.library_files import read_library_file, read_marks_file
from digest_assets.testing.row_factories import FRIDAY, make_paper
from digest_assets.warehouse import open_warehouse

BIBTEX = r"""
@misc{muller2024lanterns,
  title = {{L}anterns for {\"O}resund at Night},
  author = {M{\"u}ller, Ana and Doe, John},
  eprint = {2401.00001v2},
  archivePrefix = {arXiv},
  abstract = {Maps drawn at night
              are blurred.}
}
@article{li2019reefs, title = {Counting Reefs}, author = {Bo Li}, journal = {arXiv preprint arXiv:1901.00002}, year = 2019}
@book{doe2000, title = {A Book}, author = {Jane Doe}, month = jan}
"""
RIS = """TY  - JOUR
AU  - Müller, Ana
TI  - Lanterns at Night
AB  - Maps are blurred.
UR  - https://arxiv.org/abs/2401.00001
ER  -

TY  - CONF
T1  - A Talk
A1  - Doe, John
ER  -
"""
CSL = [
    {
        "title": "Lanterns at <i>Night</i>",
        "author": [{"given": "Ana", "family": "Müller"}, {"literal": "The Team"}],
        "URL": "http://arxiv.org/abs/math.GT/0309136",
        "abstract": "Maps.",
    },
    {"type": "note", "note": "no title"},
]


def write(path: Path, content: str | object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def make_settings(folder: Path, **config: Any) -> Settings:
    return Settings(config=Config.model_validate(config), environment=Environment(data_dir=folder / "data"))


def test_bibtex_gives_ids_titles_and_names_without_their_tex(tmp_path: Path) -> None:
    entries = {entry.key: entry for entry in read_library_file(write(tmp_path / "a.bib", BIBTEX))}
    assert entries["2401.00001"].title == "Lanterns for Öresund at Night"
    assert entries["2401.00001"].authors == ("Müller, Ana", "Doe, John")
    assert entries["2401.00001"].abstract == "Maps drawn at night are blurred."
    assert entries["1901.00002"].title == "Counting Reefs"
    assert len(entries) == 3


def test_ris_gives_the_same(tmp_path: Path) -> None:
    entries = {entry.key: entry for entry in read_library_file(write(tmp_path / "a.ris", RIS))}
    assert entries["2401.00001"].title == "Lanterns at Night"
    assert entries["2401.00001"].authors == ("Müller, Ana",)
    assert sorted(entry.title for entry in entries.values()) == ["A Talk", "Lanterns at Night"]


@pytest.mark.parametrize("wrapped", [CSL, {"items": CSL}])
def test_csl_json_gives_papers_and_no_notes(tmp_path: Path, wrapped: object) -> None:
    (entry,) = read_library_file(write(tmp_path / "a.json", wrapped))
    assert (entry.key, entry.title) == ("math.GT/0309136", "Lanterns at Night")
    assert entry.authors == ("Ana Müller", "The Team")


@pytest.mark.parametrize(
    ("name", "content"), [("a.bib", "@misc{broken"), ("a.json", "{"), ("a.json", "3"), ("a.pdf", "x")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(ReportError, match=name):
        read_library_file(write(tmp_path / name, content))


def test_a_library_that_cannot_be_read_now_stays_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path / "a.bib", BIBTEX)
    settings = make_settings(tmp_path, library={"files": [str(path)]})
    before = refresh_library(settings)
    assert before.problems == []
    path.unlink()
    after = refresh_library(settings)
    assert after.rows == before.rows
    assert "3 papers stay as they were read before" in after.problems[0]


def test_a_paper_named_by_id_has_the_words_of_the_days(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, library={"arxiv_ids": ["arXiv:2512.00001v2"]})
    paper = make_paper("2512.00001", title="Lanterns")
    open_warehouse(settings).replace_days(PAPERS, [FRIDAY], PAPERS.to_frame([paper]))
    (row,) = refresh_library(settings).rows
    assert (row.key, row.title, row.source) == ("2512.00001", "Lanterns", "arxiv_ids")


class _Zotero(BaseHTTPRequestHandler):
    """Zotero's API: two pages of top items, for who has the key."""

    items: ClassVar[list[dict[str, Any]]] = [
        {"key": f"K{n}", "version": 1, "data": {"itemType": "preprint", "title": f"Paper {n}", "archiveID": f"arXiv:2401.0000{n}",
         "abstractNote": "Words.", "creators": [{"creatorType": "author", "firstName": "Ana", "lastName": "Müller"}]}}
        for n in (1, 2)
    ] + [{"key": "N", "version": 1, "data": {"itemType": "note", "note": "x"}}]  # fmt: skip
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        allowed = self.headers.get("Authorization") == "Bearer secret" or self.headers.get("Zotero-API-Key") == "secret"
        start = 2 if "start=2" in self.path else 0
        body = json.dumps(self.items[start : start + 2] if allowed else []).encode()
        self.send_response(200 if allowed else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Total-Results", "3")
        self.send_header("Last-Modified-Version", "1")
        if not start and allowed:
            host = self.headers["Host"]
            self.send_header("Link", f'<http://{host}/users/7/items/top?start=2&limit=2>; rel="next"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def zotero() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Zotero)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_zotero_gives_all_pages_with_the_environments_key(
    tmp_path: Path, zotero: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOTERO_API_KEY", "secret")
    config = Config.model_validate({"library": {"zotero": {"library_id": 7}}})
    environment = Environment.model_validate({"data_dir": tmp_path, "zotero_api_url": zotero})
    reading = refresh_library(Settings(config=config, environment=environment))
    assert reading.problems == []
    assert [(row.key, row.title, row.authors) for row in reading.rows] == [
        ("2401.00001", "Paper 1", ("Ana Müller",)),
        ("2401.00002", "Paper 2", ("Ana Müller",)),
    ]


def test_without_the_key_it_says_which_variable_to_set(
    tmp_path: Path, zotero: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZOTERO_API_KEY", raising=False)
    config = Config.model_validate({"library": {"zotero": {"library_id": "7"}}})
    environment = Environment.model_validate({"data_dir": tmp_path, "zotero_api_url": zotero})
    reading = refresh_library(Settings(config=config, environment=environment))
    assert "ZOTERO_API_KEY" in reading.problems[0]


def test_marks_hold_until_they_are_taken_back_and_the_newest_opinion_counts(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    assert add_marks(settings, [("2512.00001", "liked"), ("2512.00001", "read")], "") == 2
    assert add_marks(settings, [("2512.00001", "liked")], "") == 0
    assert load_reader_marks(settings)[""] == {"2512.00001": ("liked", "read")}
    add_marks(settings, [("2512.00001", "not_interested")], "")
    add_marks(settings, [("2512.00001", "read")], "", is_set=False)
    assert load_reader_marks(settings)[""] == {"2512.00001": ("not_interested",)}


def test_a_reader_whom_the_settings_do_not_have_is_refused(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, readers=[{"name": "anna"}])
    with pytest.raises(ConfigError, match="no reader is called 'bert'; there are anna"):
        add_marks(settings, [("2512.00001", "liked")], "bert")


@pytest.mark.parametrize(
    ("name", "content"),
    [("m.csv", "id,kind\n2512.00001v1,liked\n"), ("m.json", [{"id": "2512.00001", "kind": "liked"}])],
)
def test_marks_of_a_file_stand_beside_those_of_the_table(tmp_path: Path, name: str, content: object) -> None:
    path = write(tmp_path / name, content)
    settings = make_settings(tmp_path, library={"marks": str(path)})
    add_marks(settings, [("2512.00002", "read")], "")
    assert load_reader_marks(settings)[""] == {"2512.00001": ("liked",), "2512.00002": ("read",)}


@pytest.mark.parametrize("content", ["title\nx\n", "id,kind\nnope,liked\n", "id,kind\n2512.00001,loved\n"])
def test_what_is_wrong_in_a_file_of_marks_is_said(tmp_path: Path, content: str) -> None:
    with pytest.raises(ReportError, match=r"m\.csv"):
        read_marks_file(write(tmp_path / "m.csv", content), ["liked"])


def test_a_profile_has_the_words_of_marked_papers_and_each_reader_their_own(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, readers=[{"name": "anna", "library": {"authors": ["A. One"]}}])
    paper = make_paper("2512.00001", title="Lanterns")
    open_warehouse(settings).replace_days(PAPERS, [FRIDAY], PAPERS.to_frame([paper]))
    add_marks(settings, [("2512.00001", "saved"), ("2512.00002", "saved")], "anna")
    nobody, anna = load_profiles(settings, [], [])
    assert not nobody
    assert [(known.title, kind) for known, kind in anna.marked] == [("Lanterns", "saved")]
    assert anna.authors == ("A. One",)
