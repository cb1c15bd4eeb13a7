"""The README's pictures, of the sample days: the whole graph in Dagster's UI, and a day of the site. `make pictures` runs it.

    python docs/make_pictures.py [FOLDER]

They go beside this file unless a folder is given. Nothing of this machine is in them.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, sync_playwright

from digest_assets.reports import urls
from digest_assets.testing import sample
from digest_assets.testing.dagster_ui import PROJECT, DagsterUI, run_dagster_ui

CHROMIUM = "/usr/bin/chromium"
DAYS = ("2025-10-02", "2025-10-03")  # the second is the fullest
SITE_SIZE = {"width": 1200, "height": 900}
GRAPH_SIZE = {"width": 2600, "height": 1700}  # all groups open fit, and are readable
CENTRE = 1500, 900  # of the graph's part of the page
ZOOM = 110  # points of the wheel: from where the UI begins to where everything is seen
MARGIN = 120  # around the assets' names: their boxes, and those of the groups


def take_graph(browser: Browser, ui: DagsterUI, file: Path) -> None:
    """The graph with all groups open, without the UI's own bars."""
    ui.stop_automation()
    nodes = ui.query("{ assetNodes { groupName assetKey { path } } }")["assetNodes"]
    opened = ",".join(f"global@global:{name}" for name in sorted({node["groupName"] for node in nodes}))
    page = browser.new_page(viewport=GRAPH_SIZE)  # type: ignore[arg-type]
    page.set_default_timeout(120_000)
    page.goto(f"{ui.url}/asset-groups?expanded={quote(opened)}")
    page.get_by_text("paper_summaries", exact=True).first.wait_for()
    page.wait_for_timeout(5_000)  # until the layout stands and the assets' states are there
    page.mouse.move(*CENTRE)
    page.keyboard.down("Control")
    page.mouse.wheel(0, ZOOM)
    page.keyboard.up("Control")
    page.wait_for_timeout(2_000)
    names = [page.get_by_text(node["assetKey"]["path"][-1], exact=True).last for node in nodes]
    boxes = [box for name in names if (box := name.bounding_box())]
    left, top = (min(box[side] for box in boxes) - MARGIN for side in ("x", "y"))
    right, bottom = (max(box[side] for box in boxes) + 2 * MARGIN for side in ("x", "y"))
    page.screenshot(path=file, clip={"x": left, "y": top, "width": right - left, "height": bottom - top})


def take_day(browser: Browser, site: Path, file: Path) -> None:
    """The newest day as a reader sees it first."""
    page = browser.new_page(viewport=SITE_SIZE)  # type: ignore[arg-type]
    page.goto((site / urls.day_page(date.fromisoformat(DAYS[-1]))).as_uri())
    page.screenshot(path=file)


def main(arguments: Sequence[str] = ()) -> None:
    """Make the sample days, and take the pictures."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    with tempfile.TemporaryDirectory() as name, sample.create_sample_server(port=0) as server, sync_playwright() as web:
        settings = PROJECT / "digest_assets/testing/sample/digest.yaml"
        variables = {**server.get_environment(), "DIGEST_CONFIG": str(settings)}
        command = [sys.executable, "-m", "digest_assets.cli", "backfill", *DAYS]
        subprocess.run(  # noqa: S603 - our own command
            command, env={**os.environ, "DIGEST_DATA_DIR": name, **variables}, check=True, cwd=PROJECT
        )
        browser = web.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take_day(browser, Path(name) / urls.SITE_FOLDER, folder / "site.png")
        with run_dagster_ui(Path(name), variables) as ui:
            take_graph(browser, ui, folder / "asset-graph.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
