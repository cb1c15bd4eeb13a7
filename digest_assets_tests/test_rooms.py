"""The order of the rooms, held by the imports as `ast` reads them: a room imports only rooms before it, nothing is
circular, and Dagster stays in its files."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "digest_assets"
ROOMS = (
    "common",
    "config",
    "warehouse",
    "orchestration",
    "llm",
    "sources",
    "papers",
    "relevance",
    "groups",
    "archive",
    "texts",
    "summaries",
    "reports",
    "weekly",
    "search",
    "answers",
    "site",
    "feeds",
    "delivery",
    "server",
    "tables",  # a single file: the list of what the rooms before it declare
    "automation",
    "cli",
)
BESIDE_THE_ORDER = ("definitions.py", "code_location.py")  # the tables of contents, which name everything
DAGSTER_ROOMS = ("orchestration", "automation", "cli", "testing")
DAGSTER_FILES = ("assets.py", "checks.py", *BESIDE_THE_ORDER)


@cache
def list_imports(path: Path) -> tuple[str, ...]:
    """The full names of the modules that a file imports, wherever in it, also from beside it or by `import_module`."""
    return tuple(_iterate_imports(path))


def _iterate_imports(path: Path) -> Iterator[str]:
    package = [*path.relative_to(PROJECT).with_suffix("").parts[:-1]]
    for node in ast.walk(_parse(path.read_text("utf-8"))):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                base = package[: len(package) - node.level + 1] if node.level else []
                module = ".".join([*base, *([node.module] if node.module else [])])
                names = [f"{module}.{alias.name}" for alias in node.names]
                yield from {name if is_module(name) else module for name in names}
            case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module")):
                yield from (str(word.value) for word in node.args if isinstance(word, ast.Constant))


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SystemError:  # CPython before 3.11.9 and 3.12.3, where a thread of another test parses at the same time
        return ast.parse(source)


def is_module(name: str) -> bool:
    return get_path(name).exists()


def list_files(folder: Path = PACKAGE) -> list[Path]:
    return [folder.with_suffix(".py")] if folder.with_suffix(".py").exists() else sorted(folder.rglob("*.py"))


def get_room(module: str) -> str | None:
    """The room of one of the package's modules; None for other packages, and for the package itself."""
    package, _, rest = module.partition(".")
    return rest.split(".")[0] or None if package == PACKAGE.name else None


def test_every_folder_is_a_room() -> None:
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    files = {path.stem for path in PACKAGE.glob("*.py") if path.name not in BESIDE_THE_ORDER}
    assert folders | files == {*ROOMS, "testing", "__init__"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    allowed = {*ROOMS[: ROOMS.index(room) + 1]}
    if room == "cli":
        allowed |= {"definitions"}  # the command line starts what is defined
    wrong = [
        f"{path.relative_to(PROJECT)} imports {module}"
        for path in list_files(PACKAGE / room)
        for module in list_imports(path)
        if get_room(module) not in {*allowed, None}
    ]
    assert wrong == []


def test_no_folder_imports_itself_in_a_circle() -> None:
    """Folders in folders, too: what a folder imports never leads back to it."""
    imports: dict[str, set[str]] = {}
    for path in list_files():
        modules = [
            module for module in list_imports(path) if module.startswith(f"{PACKAGE.name}.") and is_module(module)
        ]
        imports.setdefault(get_folder(path), set()).update(get_folder(get_path(module)) for module in modules)
    for folder, others in imports.items():
        others.discard(folder)
    while leaves := [folder for folder, others in imports.items() if not others & imports.keys()]:
        for folder in leaves:
            del imports[folder]
    assert imports == {}


def get_path(module: str) -> Path:
    path = PROJECT.joinpath(*module.split("."))
    return path / "__init__.py" if (path / "__init__.py").exists() else path.with_suffix(".py")


def get_folder(path: Path) -> str:
    """The folder of a file; of one that lies in no room, the file itself."""
    return str((path if path.parent == PACKAGE else path.parent).relative_to(PROJECT))


def test_plain_modules_do_not_know_dagster() -> None:
    wrong = [
        f"{path.relative_to(PROJECT)} imports {module}"
        for path in list_files()
        if path.relative_to(PACKAGE).parts[0] not in DAGSTER_ROOMS and path.name not in DAGSTER_FILES
        for module in list_imports(path)
        if module.split(".")[0].startswith("dagster")
    ]
    assert wrong == []


# Private modules of Dagster that the tests use, as they are in this version. The package uses none.
SEEN_WITH = "1.13."
PRIVATE_IMPORTS = {
    "dagster._core.events",
    "dagster._core.definitions.observe",
    "dagster._core.definitions.schedule_definition",
    "dagster._utils.schedules",
    "dagster._core.execution.backfill",
    "dagster._core.storage.event_log",
    "dagster._core.workspace.context",
    "dagster._core.workspace.load_target",
}


def test_private_modules_of_dagster_are_not_used_unseen() -> None:
    def list_private(*folders: str) -> set[str]:
        return {
            module
            for folder in folders
            for path in list_files(PROJECT / folder)
            for module in list_imports(path)
            if module.startswith("dagster") and any(part.startswith("_") for part in module.split("."))
        }

    assert list_private("digest_assets") == set()
    assert list_private("digest_assets_tests", "benchmarks") == PRIVATE_IMPORTS
    assert dg.__version__.startswith(SEEN_WITH), "look whether the private imports are still there, then say so here"
