"""The workflow that publishes without a server: a file that GitHub takes, whose own steps make and remake a site."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from digest_assets_tests.deploy.machines import DEPLOY, PROJECT

WORKFLOW = DEPLOY / "github-pages.yml"
# GitHub's commands as on a day of the sample: no earlier run, and the last of its days is today.
COMMANDS = {
    "gh": "#!/bin/sh\n",
    "date": '#!/bin/sh\n[ "$2" = --date ] && exec /bin/date --utc --date "2025-10-04 $3" +%F\necho 2025-10-04\n',
}


def read_steps() -> dict[str, str]:
    steps: list[dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["digest"]["steps"]
    return {step["name"]: step["run"] for step in steps if "run" in step}


def test_the_workflow_fits_githubs_schema() -> None:
    check = str(Path(sys.executable).parent / "check-jsonschema")
    command = [check, "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run_steps(data: Path, commands: Path) -> str:
    """The workflow's own steps, their requests for papers going to the sample."""
    given = os.environ | {
        "DIGEST_DATA_DIR": str(data),
        "DIGEST_CONFIG": "digest_assets/testing/sample/digest.yaml",
        "DAYS": "2",
        "GITHUB_WORKFLOW": "Digest",
        "PATH": f"{commands}:{os.environ['PATH']}",
    }
    script = "\n".join(["set -e", *read_steps().values()])
    command = [sys.executable, "-m", "digest_assets.testing.sample", "--", "bash", "-c", script]
    done = subprocess.run(command, cwd=PROJECT, env=given, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.long
def test_its_steps_make_the_site_and_go_on_from_what_the_last_run_kept(tmp_path: Path) -> None:
    if not (PROJECT / ".venv/bin/digest").is_file():
        pytest.skip("the steps call `make backfill`, which needs .venv")
    commands = tmp_path / "commands"
    commands.mkdir()
    for name, text in COMMANDS.items():
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    data = tmp_path / "data"
    assert "2025-10-03" in run_steps(data, commands)
    pages = {path: path.read_bytes() for path in (data / "site").rglob("*.html")}
    assert data / "site/days/2025-10-04/index.html" in pages
    shutil.rmtree(data / "dagster")  # as the kept artefact is
    run_steps(data, commands)
    assert {path: path.read_bytes() for path in (data / "site").rglob("*.html")} == pages
