"""Dagster's UI in a real browser: what the people who run the digest see and click."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page

from digest_assets.automation.jobs import EXAMPLE_ID
from digest_assets.testing import sample
from digest_assets.testing.dagster_ui import PROJECT, DagsterUI, run_dagster_ui, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
# Two sample weekdays, a weekend of which the sample has the Saturday, and a Monday without a mailing.
FIRST, LAST = "2025-10-02", "2025-10-06"
PAPER = "2510.91040"  # of the first day; YAML takes it for 2510.9104


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterUI]:
    data = tmp_path_factory.mktemp("ui")
    settings = yaml.safe_load((PROJECT / "digest_assets/testing/sample/digest.yaml").read_text("utf-8"))
    settings["sources"]["arxiv"]["no_mailing"] = [LAST]
    settings["summaries"] = {"engine": "openai"}  # without a key: a check has to turn red
    (data / "digest.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    with sample.create_sample_server(port=0) as server:
        variables = {**server.get_environment(), "DIGEST_CONFIG": str(data / "digest.yaml"), "HF_HUB_OFFLINE": "0"}
        with run_dagster_ui(data, variables) as running:
            yield running


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1600, "height": 1200}) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield page


@pytest.fixture
def shot(tmp_path: Path, page: Page) -> Iterator[None]:
    """Keep a picture of how each test ended, in its temporary folder."""
    yield
    page.screenshot(path=tmp_path / "page.png")


def launch(ui: DagsterUI, page: Page, partitions: str) -> None:
    """Choose partitions of the daily job in its dialog, and launch."""
    page.goto(f"{ui.url}/locations/digest_assets/jobs/daily_digest")
    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog")
    # The dialog begins with the last 90 days, and remembers when somebody has chosen all.
    dialog.get_by_text(re.compile("^(Show all partitions|All time)$")).first.wait_for()
    if (everything := dialog.get_by_role("button", name="Show all partitions")).is_visible():
        everything.click()
    chosen = dialog.locator("input[type=text], input:not([type])").first
    chosen.fill(partitions)
    chosen.press("Enter")
    dialog.get_by_role("button", name="Launch").last.click()


@pytest.mark.usefixtures("shot")
def test_the_graph_shows_the_stages_of_a_day(ui: DagsterUI, page: Page) -> None:
    page.goto(f"{ui.url}/asset-groups")
    for stage in ("sources", "papers", "texts", "summaries", "reports", "site"):
        page.get_by_text(stage, exact=True).first.wait_for()


@pytest.mark.usefixtures("shot")
def test_a_partition_is_materialised_by_a_click(ui: DagsterUI, page: Page) -> None:
    launch(ui, page, FIRST)
    page.get_by_text("Launched run").wait_for()
    run = wait_until(lambda: [run for run in ui.fetch_runs(dagster__partition=FIRST) if run["endTime"]], 240)[0]
    assert run["status"] == "SUCCESS"
    page.goto(f"{ui.url}/assets/reports?view=partitions&partition={FIRST}")
    page.get_by_text("Materialized", exact=True).first.wait_for()


@pytest.mark.usefixtures("shot")
def test_a_report_is_read_in_its_preview(ui: DagsterUI, page: Page) -> None:
    page.goto(f"{ui.url}/assets/reports?view=partitions&partition={FIRST}")
    page.get_by_text("[Show Markdown]").last.click()
    preview = page.get_by_role("dialog")
    preview.get_by_role("heading").first.wait_for()
    assert FIRST in preview.inner_text()


@pytest.mark.usefixtures("shot")
def test_a_red_check_says_what_is_wrong_and_what_to_do(ui: DagsterUI, page: Page) -> None:
    page.goto(f"{ui.url}/assets/paper_summaries?view=checks&checkDetail=api_key_present")
    page.get_by_text("Failed", exact=True).first.wait_for()
    page.get_by_text("When it is red: export the variable it names").first.wait_for()
    page.get_by_text("OPENAI_API_KEY is not set").first.wait_for()


def open_launchpad(ui: DagsterUI, page: Page, day: str) -> Locator:
    """The launchpad of the job for single papers, with a day chosen."""
    page.goto(f"{ui.url}/locations/digest_assets/jobs/rebuild_papers")
    button = page.get_by_role("button", name="Materialize all")
    button.locator("xpath=following::button[1]").click()
    page.get_by_text("Open launchpad").click()
    launchpad = page.get_by_role("dialog")
    tag = launchpad.get_by_text(f"partition: {day}")
    while not tag.is_visible():  # the field takes the list's first day where the list has not followed yet
        launchpad.get_by_placeholder("Partition").click()
        launchpad.get_by_placeholder("Partition").fill(day)
        page.wait_for_timeout(2_000)
        page.keyboard.press("Enter")
        page.wait_for_timeout(1_000)
    launchpad.get_by_text(f"'{EXAMPLE_ID}'").first.wait_for()
    launchpad.get_by_text("No errors").wait_for()
    return launchpad


def write_ids(page: Page, launchpad: Locator, written: str) -> None:
    """Replace what stands in the launchpad's editor."""
    config = "{config: {only: [" + written + "], refresh: true}}"
    launchpad.locator(".CodeMirror").first.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("ops: {paper_texts: " + config + ", paper_summaries: " + config + "}")
    launchpad.get_by_text("No errors").wait_for()


def launch_papers(ui: DagsterUI, launchpad: Locator) -> str:
    """Launch, and wait until the run has ended; how it did."""
    before = len(ui.fetch_runs(digest__kind="papers"))
    launchpad.get_by_role("button", name="Materialize").last.click()
    wait_until(lambda: len(ui.fetch_runs(digest__kind="papers")) > before, 60)
    run = wait_until(lambda: (run := ui.fetch_runs(digest__kind="papers")[0])["endTime"] and run, 240)
    return str(run["status"])


@pytest.mark.usefixtures("shot")
@pytest.mark.parametrize("written", [PAPER, f"'{PAPER}'", f"{PAPER}v1"])
def test_one_paper_is_made_again_by_its_id_quoted_or_not(ui: DagsterUI, page: Page, written: str) -> None:
    launchpad = open_launchpad(ui, page, FIRST)
    write_ids(page, launchpad, written)
    assert launch_papers(ui, launchpad) == "SUCCESS"
    page.goto(f"{ui.url}/assets/paper_texts?view=partitions&partition={FIRST}")
    page.get_by_text("rebuild_papers").first.wait_for()  # the job of the newest materialisation


@pytest.mark.usefixtures("shot")
@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (None, f"no report of {FIRST} shows {EXAMPLE_ID}: name papers of this day under `only`"),
        ("avatar", "'avatar' is no arXiv id: write it in quotes, like only: [\"2512.05117\"]"),
    ],
)
def test_a_failed_partition_leads_by_one_click_to_its_reason_above_the_stack_trace(
    ui: DagsterUI, page: Page, written: str | None, reason: str
) -> None:
    launchpad = open_launchpad(ui, page, FIRST)
    if written:
        write_ids(page, launchpad, written)
    assert launch_papers(ui, launchpad) == "FAILURE"
    page.goto(f"{ui.url}/assets/paper_texts?view=partitions&partition={FIRST}")
    page.get_by_text("failed, and did not materialize this asset").get_by_role("link").click()
    told = page.get_by_text(reason).first
    told.wait_for()
    assert reason in told.inner_text().split("Stack Trace:")[0]


@pytest.mark.usefixtures("shot")
def test_the_day_in_short_stands_first_and_its_pages_open_beside_the_ui(ui: DagsterUI, page: Page) -> None:
    page.goto(f"{ui.url}/assets/reports?view=partitions&partition={FIRST}")
    first = page.locator("table", has_text="in short").first.locator("tr").first
    for head in ("papers", "read in full", "failed", "figures traced", "US$", "seconds"):
        first.get_by_text(head, exact=True).first.wait_for()
    address = f"/site/days/{FIRST}/category_digest.html"
    assert page.get_by_role("link", name=address).get_attribute("href") == address
    wait_until(lambda: httpx2.get(ui.url + address).status_code == 200, 240)  # the automation publishes new reports
    page.goto(ui.url + address)
    assert page.locator("h1").inner_text() == "Category digest"


@pytest.mark.usefixtures("shot")
def test_a_backfill_of_five_days_ends_green(ui: DagsterUI, page: Page) -> None:
    launch(ui, page, f"[{FIRST}...{LAST}]")
    (backfill,) = wait_until(ui.fetch_backfills, 60)
    backfill = wait_until(
        lambda: next((one for one in ui.fetch_backfills() if one["status"].startswith("COMPLETED")), None), 840
    )
    assert (backfill["status"], backfill["numPartitions"]) == ("COMPLETED_SUCCESS", 5)
    assert {run["status"] for run in ui.fetch_runs(dagster__backfill=backfill["id"])} == {"SUCCESS"}
    page.goto(f"{ui.url}/runs/b/{backfill['id']}")
    page.get_by_text("Completed").first.wait_for()


# Dagster's own sensors have its own words: of runs that failed, and of conditions of automation.
OWN_WORDS = {"continue_after_source_failure", "run_failure_alert", "publish_new_reports", "library_changes"}


@pytest.mark.usefixtures("shot")
def test_every_tick_that_asked_for_nothing_says_why_in_a_sentence(ui: DagsterUI, page: Page) -> None:
    ticks = ui.fetch_ticks()
    assert len(ticks) > len(OWN_WORDS)
    assert {name: tick["error"] for name, found in ticks.items() for tick in found if tick["error"]} == {}
    mute = {
        name: tick["skipReason"]
        for name, found in ticks.items()
        for tick in found
        if name not in OWN_WORDS and tick["status"] == "SKIPPED"
        if len((tick["skipReason"] or "").split()) < 4
    }
    assert mute == {}
    reason = wait_until(
        lambda: [tick["skipReason"] for tick in ui.fetch_ticks()["missed_days"] if tick["skipReason"]], 60
    )[0]
    page.goto(f"{ui.url}/locations/digest_assets/sensors/missed_days")
    page.get_by_text("View logs").first.wait_for()
    page.get_by_text("0 runs requested").last.click()
    page.get_by_role("dialog").get_by_text(reason).first.wait_for()
