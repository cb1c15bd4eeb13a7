"""The site's folder: files are written atomically, and left alone when nothing changed. Their paths are made in reports/urls."""

from collections import Counter
from pathlib import Path, PurePosixPath

from digest_assets.common.atomic_write import write_atomically


class SiteFolder:
    """Writes and removes files below one folder, and counts what it did.

    Args:
        root: The folder; made when the first file is written.
        address: Where the site is served, ending with a slash; without one no page can say its own address.
    """

    def __init__(self, root: Path, address: str | None = None) -> None:
        self.root = root
        self.address = address
        self.counts: Counter[str] = Counter()

    def write(self, name: str, content: str | bytes) -> None:
        """Make the file hold the content. A reader sees the old file or the new one, never a part."""
        data = content.encode("utf-8") if isinstance(content, str) else content
        # Not durably: thousands of files, each made again from the database.
        written = write_atomically(self._path(name), data, durable=False)
        self.counts["written" if written else "unchanged"] += 1

    def read(self, name: str) -> str | None:
        """The file's text; None if there is no such file."""
        try:
            return self._path(name).read_text("utf-8")
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Remove a file that may not be there, and the folders that this leaves empty."""
        path = self._path(name)
        if not path.is_file():
            return
        path.unlink()
        self.counts["removed"] += 1
        for folder in path.parents:
            if folder == self.root or any(folder.iterdir()):
                return
            folder.rmdir()

    def list_files(self, folder: str) -> list[str]:
        """The files directly in a folder of the site, sorted; none if it is not there."""
        path = self._path(folder)
        if not path.is_dir():
            return []
        return sorted(f"{folder}/{entry.name}" for entry in path.iterdir() if entry.is_file())

    def list_folders(self, folder: str) -> list[str]:
        """The names of the folders directly in a folder of the site, sorted; none if it is not there."""
        path = self._path(folder)
        return sorted(entry.name for entry in path.iterdir() if entry.is_dir()) if path.is_dir() else []

    def _path(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
            raise ValueError(f"not a file of the site: {name!r}")
        return self.root.joinpath(*parts)
