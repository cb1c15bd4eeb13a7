"""The first hour: `digest ui` started as a process, with a key and without, and where its port is taken."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from digest_assets.testing import sample
from digest_assets.testing.dagster_ui import PROJECT, find_processes, run_dagster_ui, stop_process, wait_until
from digest_assets.testing.fake_llm.process import run_fake_llm

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.mark.parametrize("has_key", [False, True])
def test_the_first_start_says_what_runs_and_what_a_day_may_cost_and_the_ui_opens(
    tmp_path: Path, browser: Browser, has_key: bool
) -> None:
    (tmp_path / "digest.yaml").write_text(yaml.safe_dump({"summaries": {"engine": "openai"}}))
    with sample.create_sample_server(port=0) as papers, run_fake_llm(0) as model:
        key = model.get_environment() if has_key else {}
        variables = {**papers.get_environment(), **key, "DIGEST_CONFIG": str(tmp_path / "digest.yaml")}
        with run_dagster_ui(tmp_path, variables) as ui, browser.new_context() as context:
            log = ui.home / "log"
            wait_until(lambda: "to end     Ctrl-C" in log.read_text("utf-8"), 60)
            lines = log.read_text("utf-8").splitlines()
            assert f"the UI     {ui.url}" in lines
            assert f"the site   {ui.url}/site/" in lines
            assert any(line.startswith("now        the mailing of ") for line in lines)
            assert any(line.startswith("next       the mailing of ") for line in lines)
            (cost,) = [line for line in lines if line.startswith("a day      costs")]
            assert ("$2.00 at most" in cost, "OPENAI_API_KEY is not set" in cost) == (has_key, not has_key)
            page = context.new_page()
            page.goto(f"{ui.url}/automation")
            page.get_by_text("new_mailing").first.wait_for()


def test_a_port_that_is_taken_ends_the_start_with_what_to_do_and_nothing_stays(tmp_path: Path) -> None:
    environment = {**os.environ, "DIGEST_DATA_DIR": str(tmp_path)}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        start = [sys.executable, "-m", "digest_assets.cli", "ui", "--port", str(port)]
        process = subprocess.Popen(start, cwd=PROJECT, env=environment, stderr=subprocess.PIPE, start_new_session=True)
        try:
            _, error = process.communicate(timeout=120)
            assert process.returncode == 2
            said = " ".join(error.decode().split())
            assert f"port {port} is taken by" in said
            assert f"make ui PORT={port + 1}" in said
            assert find_processes(process.pid) == {}
        finally:
            stop_process(process)
