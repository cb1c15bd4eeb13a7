"""`python -m digest_assets.testing.fake_llm [--latency SECONDS]`: the fake LLM in a process of its own."""

import argparse
import sys

from digest_assets.testing.fake_llm.server import FakeLLMServer


def main() -> None:
    """Serve until the input ends; the first line of the output is the base address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    with FakeLLMServer(latency=parser.parse_args().latency) as model:
        print(model.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
