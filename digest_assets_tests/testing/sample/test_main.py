"""`python -m digest_assets.testing.sample`: a command sees the sample in place of the real services, and nothing else."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from urllib.request import urlopen

import pytest
from huggingface_hub import HfApi

from digest_assets.testing import sample
from digest_assets.testing.sample.__main__ import build_environment, run_command

SERVED = (
    "DIGEST_ARXIV_API_URL",
    "DIGEST_ARXIV_RSS_URL",
    "DIGEST_ARXIV_SITE_URL",
    "DIGEST_ARXIV_OAI_URL",
    "HF_ENDPOINT",
)


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """A command that is run hands SIGTERM on to it."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_command_gets_the_server_in_place_of_the_real_services_and_its_exit_code_is_the_programs() -> None:
    program = """
import os, sys, urllib.request
print(*(os.environ[name] for name in os.environ["NAMES"].split()))
print(urllib.request.urlopen(os.environ["DIGEST_ARXIV_SITE_URL"] + "/html/2509.99012v1").read().decode())
sys.exit(3)
"""
    done = subprocess.run(
        [sys.executable, "-m", "digest_assets.testing.sample", "--", sys.executable, "-c", program],
        env={**os.environ, **dict.fromkeys(SERVED, "https://arxiv.org"), "NAMES": " ".join(SERVED)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    urls, _, page = done.stdout.partition("\n")
    assert all(url.startswith("http://127.0.0.1:") for url in urls.split())
    assert "Tidepool: Gaussian Splatting" in page


@pytest.mark.parametrize(("program", "code"), [("exit 3", 3), ("kill -9 $$", 137)])
def test_the_exit_code_is_that_of_the_command(program: str, code: int) -> None:
    assert run_command(["sh", "-c", program], os.environ) == code


def test_a_command_that_does_not_exist_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["no-such-command"], os.environ) == 127
    assert capsys.readouterr().err == "no-such-command cannot be started: No such file or directory\n"


def test_without_a_command_it_prints_the_environment_and_serves() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "digest_assets.testing.sample"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().strip() for _ in SERVED]
            exported = dict(line.removeprefix("export ").split("=", 1) for line in lines)
            assert tuple(exported) == SERVED
            with urlopen(f"{exported['DIGEST_ARXIV_SITE_URL']}/abs/2510.92024") as page:
                assert b"Say Where You Got It" in page.read()
        finally:
            process.kill()  # a shell that started the tests may have had SIGTERM ignored


def test_the_callers_other_variables_are_kept() -> None:
    seen = build_environment({"DIGEST_CONFIG": "mine.yaml", "OPENAI_BASE_URL": "http://model"}, {"HF_ENDPOINT": "here"})
    assert (seen["DIGEST_CONFIG"], seen["OPENAI_BASE_URL"], seen["HF_ENDPOINT"]) == (
        "mine.yaml",
        "http://model",
        "here",
    )


def test_neither_a_proxy_nor_the_offline_switch_comes_between() -> None:
    seen = build_environment({"NO_PROXY": "intranet", "HTTP_PROXY": "http://proxy:3128", "HF_HUB_OFFLINE": "1"}, {})
    assert (seen["NO_PROXY"], seen["no_proxy"]) == ("intranet,127.0.0.1", "127.0.0.1")
    assert (seen["HTTP_PROXY"], seen["HF_HUB_OFFLINE"]) == ("http://proxy:3128", "0")


def test_hugging_faces_client_reads_a_page() -> None:
    with sample.create_sample_server() as server:
        page = list(HfApi(endpoint=server.url, token=False).list_daily_papers(date="2025-10-04"))
    assert [(paper.id, paper.upvotes) for paper in page] == [("2510.93002", 23), ("2510.93011", 15)]
    assert page[0].published_at is not None
    assert page[0].published_at.date() == date(2025, 10, 2)
