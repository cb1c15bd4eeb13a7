"""`digest run DAY` and `digest run DAY --paper ID`, each as a process over the sample day."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from digest_assets.testing import sample
from digest_assets.testing.dagster_ui import PROJECT

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

DAY = sample.DAYS[0]


def run_digest(variables: Mapping[str, str], *arguments: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DAGSTER_"))}
    command = [sys.executable, "-m", "digest_assets.cli", *arguments]
    environment = {**inherited, **variables}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_one_paper_again_reads_that_paper_alone_and_leaves_the_reports_whole(tmp_path: Path) -> None:
    with sample.create_sample_server(port=0) as server:
        variables = {
            **server.get_environment(),
            "DIGEST_DATA_DIR": str(tmp_path),
            "DIGEST_CONFIG": str(PROJECT / "digest_assets/testing/sample/digest.yaml"),
        }
        run_digest(variables, "run", str(DAY))
        before = {path.name: path.read_bytes() for path in (tmp_path / "reports" / str(DAY)).glob("*.md")}
        server.reset_log()
        run_digest(variables, "run", str(DAY), "--paper", "2510.91066")
        after = {path.name: path.read_bytes() for path in (tmp_path / "reports" / str(DAY)).glob("*.md")}
        read = [request.path for kind in ("html", "pdf") for request in server.get_requests(kind)]
    assert read
    assert all("2510.91066" in path for path in read)
    assert before == after
    assert before
