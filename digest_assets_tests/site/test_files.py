"""The site's folder: whole files, and nothing outside it."""

from pathlib import Path

import pytest

from digest_assets.common.errors import StorageError
from digest_assets.site.files import SiteFolder


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    folder = SiteFolder(tmp_path / "site")
    folder.write("days/2025-12-05/index.html", "é")
    assert (tmp_path / "site/days/2025-12-05/index.html").read_bytes() == "é".encode()
    assert folder.read("days/2025-12-05/index.html") == "é"


def test_a_file_that_holds_the_same_is_left_alone(tmp_path: Path) -> None:
    folder = SiteFolder(tmp_path)
    folder.write("a.html", "same")
    before = (tmp_path / "a.html").stat()
    folder.write("a.html", "same")
    assert (tmp_path / "a.html").stat().st_ino == before.st_ino
    assert folder.counts == {"written": 1, "unchanged": 1}


def test_the_old_file_stays_when_the_new_one_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SiteFolder(tmp_path)
    folder.write("a.html", "old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match=r"a\.html cannot be written.*No space left"):
        folder.write("a.html", "new")
    assert folder.read("a.html") == "old"


def test_removing_the_last_file_removes_the_folder_too(tmp_path: Path) -> None:
    folder = SiteFolder(tmp_path)
    folder.write("a/b/c.html", "x")
    folder.write("a/d.html", "x")
    folder.remove("a/b/c.html")
    folder.remove("a/b/c.html")
    assert not (tmp_path / "a/b").exists()
    assert folder.list_files("a") == ["a/d.html"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ""])
def test_nothing_outside_the_folder_is_touched(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a file of the site"):
        SiteFolder(tmp_path).write(name, "x")
