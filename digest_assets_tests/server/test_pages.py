"""The site and the reports as they are served."""

import subprocess
import sys

import httpx2

from digest_assets.config.settings import Settings
from digest_assets.server.pages import build_pages
from digest_assets_tests.server.served import serve


def test_site_and_reports_are_served_with_strict_policies_and_drafts_are_not(settings: Settings) -> None:
    with serve(build_pages(settings)) as place:
        assert httpx2.get(f"http://{place}/site/").status_code == 404  # nothing was made yet
        for name in ("site/index.html", "site/days/a.html", "reports/2025-12-05/deep_read.md", "reports/.draft.md"):
            path = settings.data_dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"<p>{name}")
        front = httpx2.get(f"http://{place}/", follow_redirects=True)
        assert (front.url.path, front.text) == ("/site/", "<p>site/index.html")
        assert "default-src 'none'" in front.headers["Content-Security-Policy"]
        assert front.headers["Content-Security-Policy"].endswith(f"; connect-src http://{place}/marks")
        assert httpx2.get(f"http://{place}/site/days/a.html").status_code == 200
        report = httpx2.get(f"http://{place}/reports/2025-12-05/deep_read.md")
        assert report.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert "sandbox" in report.headers["Content-Security-Policy"]
        for address in ("reports/.draft.md", "reports/%2e%2e/digest.duckdb", "digest.duckdb", "site/nowhere.html"):
            assert httpx2.get(f"http://{place}/{address}").status_code == 404, address


def test_serving_does_without_dagster() -> None:
    code = "import sys, digest_assets.cli.app, digest_assets.server.pages; print([m for m in sys.modules if m == 'dagster'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
