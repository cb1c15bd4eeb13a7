"""A file holds its old content or its new one."""

from pathlib import Path

import pytest

from digest_assets.common.atomic_write import open_atomically, write_atomically
from digest_assets.common.errors import StorageError


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_written_and_replaced(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "new folder" / "a.md"
    write_atomically(path, b"old", durable=durable)
    write_atomically(path, b"new", durable=durable)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [file.name for file in path.parent.iterdir()] == ["a.md"]


def test_a_file_that_holds_the_data_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    assert write_atomically(path, b"same")
    before = path.stat()
    assert not write_atomically(path, b"same")
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert write_atomically(path, b"else")
    assert path.read_bytes() == b"else"


def test_an_error_in_the_middle_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    write_atomically(path, b"old")

    def fail() -> None:
        with open_atomically(path) as file:
            file.write(b"half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.md"]


def test_a_disk_that_does_not_take_it_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"a\.md cannot be written: .*; free or repair the disk") as caught:
        write_atomically(tmp_path / "file" / "a.md", b"new")
    assert not caught.value.can_retry
