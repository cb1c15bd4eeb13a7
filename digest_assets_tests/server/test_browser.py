"""A page of another origin, in a real browser, against the UI that `digest ui` runs: it can change and read nothing."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page

from digest_assets.testing.dagster_ui import DagsterUI, find_processes, run_dagster_ui, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

WIPE = 'mutation { wipeAssets(assetPartitionRanges: [{assetKey: {path: ["papers"]}}]) { __typename } }'
STOP = 'mutation { stopSensor(id: "x") { __typename } }'
# Every way a page has to send something to another origin; each says what it could read, or that it could not.
ATTACK = """
async ([target, socket, mutations]) => {
  const found = {};
  const attempt = async (name, run) => {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("late")), 5000));
    try { found[name] = await Promise.race([run(), late]); } catch (error) { found[name] = "nothing"; }
  };
  const read = async (...request) => "read: " + (await (await fetch(...request)).text()).slice(0, 80);
  for (const path of ["/server_info", "/site/", "/reports/2025-12-05/deep_read.md", "/graphql?query={version}"])
    await attempt("read " + path, () => read(target + path));
  for (const query of mutations) {
    const inAddress = target + "/graphql?query=" + encodeURIComponent(query);
    await attempt("get", () => read(inAddress, {mode: "no-cors"}));
    await attempt("post", () => read(inAddress, {method: "POST", mode: "no-cors", body: "x"}));
    const plain = {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"}, body: JSON.stringify({query})};
    await attempt("plain", () => read(target + "/graphql", plain));
    const json = {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({query})};
    await attempt("json", () => read(target + "/graphql", json));
    await attempt("image", () => new Promise((done, failed) => {
      const image = new Image(); image.onload = () => done("read: image"); image.onerror = failed; image.src = inAddress;
    }));
    await attempt("script", () => new Promise((done, failed) => {
      const script = document.createElement("script");
      script.onload = () => done("read: script"); script.onerror = failed; script.src = inAddress; document.body.append(script);
    }));
    await attempt("form", () => new Promise((done) => {
      const frame = document.createElement("iframe"); frame.name = "f" + Math.random(); document.body.append(frame);
      const form = document.createElement("form");
      form.method = "POST"; form.action = inAddress; form.target = frame.name; document.body.append(form);
      form.submit(); setTimeout(() => done(frame.contentDocument && frame.contentDocument.body.innerText
        ? "read: " + frame.contentDocument.body.innerText : "nothing"), 1000);
    }));
  }
  await attempt("websocket", () => new Promise((done, failed) => {
    const talk = new WebSocket(socket + "/graphql", "graphql-ws");
    talk.onopen = () => done("read: websocket"); talk.onerror = failed;
  }));
  await attempt("frame", () => new Promise((done) => {
    const frame = document.createElement("iframe"); frame.src = target; document.body.append(frame);
    frame.onload = () => done(frame.contentDocument ? "read: frame" : "nothing");
  }));
  await attempt("window", () => new Promise((done) => {
    const other = window.open(target);
    setTimeout(() => { try { done("read: " + other.document.title); } catch (error) { done("nothing"); } }, 2000);
  }));
  return found;
}
"""


class _OtherPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<body>another origin")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterUI]:
    data = tmp_path_factory.mktemp("ui")
    (data / "digest.yaml").write_text("{}")
    for name in ("site/index.html", "reports/2025-12-05/deep_read.md"):
        (data / name).parent.mkdir(parents=True)
        (data / name).write_text("<title>secret</title>")
    with run_dagster_ui(data, {"DIGEST_CONFIG": str(data / "digest.yaml")}) as running:
        running.stop_automation()
        yield running


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OtherPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def fetch_materialization(ui: DagsterUI) -> list[Any]:
    query = (
        '{ assetOrError(assetKey: {path: ["papers"]}) { ... on Asset { assetMaterializations(limit: 1) { runId } } } }'
    )
    found: list[Any] = ui.query(query)["assetOrError"]["assetMaterializations"]
    return found


def test_a_page_of_another_origin_launches_wipes_and_reads_nothing(ui: DagsterUI, other: str, page: Page) -> None:
    httpx2.post(f"{ui.url}/report_asset_materialization/papers?partition=2025-12-05").raise_for_status()
    assert fetch_materialization(ui)
    launch = (
        'mutation { launchPartitionBackfill(backfillParams: {partitionNames: ["2025-12-05"], assetSelection: '
        '[{path: ["papers"]}]}) { __typename } }'
    )
    runs = [run["runId"] for run in ui.fetch_runs()]  # what a sensor asked for before it was stopped
    page.goto(other)
    found = page.evaluate(ATTACK, [ui.url, ui.url.replace("http", "ws"), [WIPE, launch, STOP]])
    print(json.dumps(found, indent=1))
    # An answer that a page may not read is an empty text to it.
    assert {name: said for name, said in found.items() if said not in ("nothing", "read: ")} == {}
    assert fetch_materialization(ui)
    assert [run["runId"] for run in ui.fetch_runs()] == runs
    assert ui.fetch_backfills() == []


def test_our_own_pages_ask_and_a_link_is_followed(ui: DagsterUI, other: str, page: Page) -> None:
    page.goto(other)
    page.evaluate("target => { document.body.innerHTML = `<a href=${target}>to the UI</a>` }", ui.url)
    page.click("a")
    page.wait_for_url(f"{ui.url}/**")
    ask = """query => fetch("/graphql", {method: "POST", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({query})}).then(answer => answer.json())"""
    assert page.evaluate(ask, "{ version }")["data"]["version"]
    talk = """() => new Promise((done, failed) => { const socket = new WebSocket(location.origin.replace("http", "ws")
        + "/graphql", "graphql-ws"); socket.onopen = () => done("open"); socket.onerror = failed; })"""
    assert page.evaluate(talk) == "open"
    assert httpx2.get(f"{ui.url}/site/", follow_redirects=True).text == "<title>secret</title>"


@pytest.mark.parametrize("victim", ["dagster-daemon", "digest webserver", "dagster code-server"])
def test_the_ui_ends_with_an_error_when_one_of_its_processes_has_ended(tmp_path: Path, victim: str) -> None:
    (tmp_path / "digest.yaml").write_text("{}")
    with run_dagster_ui(tmp_path, {"DIGEST_CONFIG": str(tmp_path / "digest.yaml")}) as ui:
        ids = [process for process, words in find_processes(ui.process.pid).items() if victim in words]
        os.kill(ids[0], signal.SIGKILL)
        wait_until(lambda: ui.process.poll() is not None, 90)
        assert ui.process.returncode == 1
        assert "has ended" in (ui.home / "log").read_text()
        wait_until(lambda: not find_processes(ui.process.pid), 10)
