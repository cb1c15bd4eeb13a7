"""Servers of models that others wrote, for the long tests: llama.cpp's with a small model, and LiteLLM's proxy before it.

They live in an environment of their own (`make model-servers`), and are started as programs.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

FOLDER = Path(__file__).parents[3] / ".venv-model-servers"
PYTHON = FOLDER / "bin" / "python"
MODEL = "smollm2"
API_KEY = "sk-any-word-of-some-length"  # LiteLLM starts with a key alone; llama.cpp takes any
_START_SECONDS = 120  # LiteLLM imports for half a minute on a busy machine


@contextmanager
def run_llama_cpp(context_tokens: int) -> Iterator[str]:
    """Start llama.cpp's server with SmolLM2-135M; its base address. It ends with the block."""
    command = [str(PYTHON), str(Path(__file__).with_name("serve_llama_cpp.py")), str(context_tokens)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            # What llama.cpp itself prints stands before the address.
            yield next(line.strip() for line in server.stdout if line.startswith("http")) + "/v1"
        finally:
            server.kill()


@contextmanager
def run_litellm(behind: str, folder: Path, port: int) -> Iterator[str]:
    """Start LiteLLM's proxy before an endpoint; its base address."""
    config = folder / "litellm.yaml"
    config.write_text(
        f"model_list:\n- model_name: {MODEL}\n  litellm_params:\n"
        f"    model: openai/{MODEL}\n    api_base: {behind}\n    api_key: any-word\n"
        "litellm_settings: {num_retries: 0, telemetry: false}\n",
        encoding="utf-8",
    )
    command = [str(PYTHON.with_name("litellm")), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "DATABASE_"))}
    variables |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": API_KEY}  # nothing is fetched
    log = folder / "litellm.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=variables, stdout=output, stderr=output, cwd=folder) as server,
    ):
        try:
            if not _wait_for(f"http://127.0.0.1:{port}/health/liveliness", server):
                raise RuntimeError(f"LiteLLM's proxy did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.kill()


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> bool:
    for _ in range(_START_SECONDS * 2):
        if server.poll() is not None:
            break
        try:
            if httpx2.get(address).status_code == 200:
                return True
        except httpx2.HTTPError:
            pass
        time.sleep(0.5)
    return False
