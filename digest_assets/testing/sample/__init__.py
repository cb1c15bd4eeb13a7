"""The bundled sample days and the loopback server that serves them.

    with sample.served() as server:
        os.environ.update(server.variables())

`python -m digest_assets.testing.sample` does the same for a command.
"""

from digest_assets.testing.sample.collection import DAYS, build_hf_pages, create_sample_server, load_papers

__all__ = ["DAYS", "build_hf_pages", "create_sample_server", "load_papers"]
