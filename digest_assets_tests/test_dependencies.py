"""The supply chain as far as it can be seen from here: what is installed is pinned, free for an MIT project, and used."""

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest_assets_tests.test_rooms import list_files, list_imports

PROJECT = Path(__file__).parents[1]
LOCKS = sorted((PROJECT / "requirements").glob("*.lock"))
# What MIT code may be shipped with and built on: permissive licences, and those whose terms stay with their own files.
FITTING = re.compile(
    r"\b(?:MIT|BSD|0BSD|Apache|BlueOak\S*|ISC|PSF|Python Software Foundation|MPL|Mozilla|HPND|Zlib|Unlicense|CC0|LGPL\w*)\b",
    re.I,
)
UNFITTING = re.compile(r"\b(?:AGPL|Affero|GPL(?!.*classpath)|SSPL|BUSL|Commons Clause|NonCommercial)\b")
# Not imported by the package: time zones that zoneinfo reads, what the launcher and DuckDB load, and the public client of
# arXiv's API, with which people look papers up beside the digest and the tests read our own server.
LOADED_OTHERWISE = {"tzdata", "dagster-k8s", "redis", "arxiv"}


def parse_lock(lock: Path) -> Iterator[tuple[str, str]]:
    """Each pinned package with all that the lock says of it."""
    for block in re.split(r"\n(?=[a-zA-Z0-9])", lock.read_text("utf-8")):
        if block.strip() and not block.startswith("#"):
            yield re.split(r"[=\s;@\[]", block, maxsplit=1)[0].lower().replace("_", "-"), block


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_package_is_pinned_by_version_and_hash(lock: Path) -> None:
    packages = dict(parse_lock(lock))
    assert len(packages) > 30
    loose = [
        name for name, block in packages.items() if not re.search(r"==[^\s;]+", block) or "--hash=sha256:" not in block
    ]
    assert loose == []


@pytest.mark.parametrize("lock", ["runtime", "many-machines"])
def test_what_is_shipped_has_a_licence_that_fits(lock: str) -> None:
    wrong = {}
    for name, _ in parse_lock(PROJECT / "requirements" / f"{lock}.lock"):
        try:
            metadata = importlib.metadata.metadata(name).json
        except importlib.metadata.PackageNotFoundError:  # for another system or an older Python
            continue
        classifiers = [one for one in metadata.get("classifier", ()) if one.startswith("License")]
        said = str(metadata.get("license_expression") or " ".join(classifiers) or metadata.get("license", ""))[:200]
        if not FITTING.search(said) or UNFITTING.search(re.sub(r"LGPL[\w.+-]*|Lesser General Public", "", said)):
            wrong[name] = said
    assert wrong == {}


def test_every_dependency_is_imported_by_something() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [
        *project["dependencies"],
        *extras["sample"],
        *extras["mcp"],
        *extras["many-machines"],
        *extras["kubernetes"],
    ]
    names = {normalize(re.split(r"[<>=\[~!]", requirement)[0]) for requirement in wanted}
    modules: dict[str, set[str]] = {}
    for module, distributions in importlib.metadata.packages_distributions().items():
        for distribution in distributions:
            modules.setdefault(normalize(distribution), set()).add(module)
    imported = {module.split(".")[0] for path in list_files() for module in list_imports(path)}
    text = "".join(path.read_text("utf-8") for path in list_files(PROJECT / "digest_assets" / "warehouse"))
    unused = {
        name
        for name in names - LOADED_OTHERWISE
        if not modules.get(name, set()) & imported and not ("extension" in name and "duckdb_extension_" in text)
    }
    assert {name for name in unused if not name.startswith("dagster-")} == set()
