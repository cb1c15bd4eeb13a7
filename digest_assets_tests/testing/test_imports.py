"""The demo runs without the packages of the `dev` extra, although it shares a folder with what the tests need."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

PROJECT = Path(__file__).parents[2]
_LIST_MODULES = """
import sys
import digest_assets.testing.sample.__main__, digest_assets.testing.sample.pdf
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_the_demo_imports_no_package_of_the_dev_extra() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[^\w.-]", line)[0].lower() for line in project["optional-dependencies"]["dev"]}
    done = subprocess.run([sys.executable, "-c", _LIST_MODULES], capture_output=True, text=True, check=True)
    modules = packages_distributions()
    imported = {name.lower() for module in done.stdout.split() for name in modules.get(module, [])}
    assert "pydantic" in imported
    assert imported & names == set()
