"""Chromium for the tests that need a real browser; what they look at is theirs."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# It draws without a graphics card, asks nobody for updates, and animates nothing.
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-prefers-reduced-motion",
)  # fmt: skip


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Open one; a test is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield opened
        opened.close()


_CONTRAST = "color-contrast"  # takes two thirds of axe's time, element by element
_REPEATED = {
    "exclude": [["li:nth-of-type(n+21)"], ["tr:nth-of-type(n+21)"]]
}  # lines that look as the twenty before them


def find_violations(page: Page) -> list[tuple[str, str, list[str]]]:
    """What axe finds on a page (https://github.com/dequelabs/axe-core): the rule, how grave, where.

    Contrasts, the one rule of colours, are looked at light and dark, and of long lists in the first lines.
    """
    kind = {"resultTypes": ["violations"]}
    axe = Axe()
    found: list[Any] = axe.run(page, options={**kind, "rules": {_CONTRAST: {"enabled": False}}}).response["violations"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        options = {**kind, "runOnly": {"type": "rule", "values": [_CONTRAST]}}
        found += axe.run(page, _REPEATED, options).response["violations"]
    return [(one["id"], one["impact"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found]
