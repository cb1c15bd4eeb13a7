"""An edition as one plain message to any service that Apprise reaches: Telegram, Teams, Feishu, DingTalk, WeCom, ntfy, …

Some of these services read markup and addresses in plain text, so what papers and models wrote mentions nobody and
holds no address that can be followed; the papers' own addresses are the only ones.
"""

import os
import re
from collections.abc import Mapping

import apprise

from digest_assets.common.errors import DeliveryError, ReportError
from digest_assets.common.markdown import break_addresses
from digest_assets.config.delivery import WebhookConfig
from digest_assets.config.settings import Settings
from digest_assets.reports import snippets
from digest_assets.reports.edition import Edition
from digest_assets.reports.snippets import Brief, SnippetLinks, shorten

_GIST_CHARACTERS = 280
# Tags that call people: Slack's `<!channel>`, which Apprise makes one of `!channel>` too, Feishu's `<at user_id="all">`.
# As long as a tag is, so that `p<q` is left alone.
_CALLS = re.compile(r"<(?=[!@#/a-z][^<>\n]{0,200}>)|!(?=[\w^]{1,40}[^<>\n]{0,200}>)", re.IGNORECASE)


def send_by_apprise(
    edition: Edition,
    settings: Settings,
    config: WebhookConfig,
    timeout: float,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Send as many papers as one message of the service holds, so that none is half sent.

    Raises `ReportError` for an address that Apprise does not know, `DeliveryError` if the service does not take the
    message. The address is a secret: what is said names the service only.
    """
    url = (os.environ if variables is None else variables).get(config.url_variable, "")
    if not url:
        raise ReportError(f"{config.url_variable} is not set in the environment")
    client = apprise.Apprise(asset=_make_asset())
    if not client.add(url) or len(client) != 1:
        raise ReportError(
            f"{config.url_variable} is not an address that Apprise knows: https://appriseit.com/services/"
        )
    service = client[0]
    links, headline = SnippetLinks.from_settings(settings), snippets.format_headline(edition, settings)
    room = service.body_maxlen - len(headline.encode())  # for those that put the title into the body
    brief = snippets.fit_brief(edition, lambda brief: len(_format_brief(brief, edition, links).encode()) <= room)
    result = client.notify(
        body=_format_brief(brief, edition, links),
        title=headline,
        body_format=apprise.NotifyFormat.TEXT,
        timeout=timeout,
    )
    if not result:
        message = next((entry.message for entry in result.logs()), result.status.name.lower())
        raise DeliveryError(f"{service.service_name} did not take it: {_hide(message, url)}")


def _make_asset() -> apprise.AppriseAsset:
    """Apprise under our name: no pictures from elsewhere, nothing stored on disk, one service after the other."""
    return apprise.AppriseAsset(
        app_id="Daily Paper Digest",
        app_desc="Daily Paper Digest",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )


def _format_brief(brief: Brief, edition: Edition, links: SnippetLinks) -> str:
    blocks = []
    if page := links.report(edition.report, edition.day):
        blocks.append(f"The whole edition: {page}")
    for group in brief.groups:
        if len(brief.groups) > 1:
            blocks.append(f"== {_disarm(group.name)} ==")
        blocks += [
            f"{_disarm(snippets.format_plain(entry.title))}\n"
            f"{_disarm(shorten(snippets.format_gist(entry), _GIST_CHARACTERS))}\n{links.paper(entry)}"
            for entry in group.entries
        ]
    if brief.more:
        blocks.append(f"And {brief.more} more.")
    return "\n\n".join(blocks)


def _disarm(text: str) -> str:
    return _CALLS.sub(r"[\g<0>]", break_addresses(text))


def _hide(message: str, url: str) -> str:
    """A service's words without any part of its address that could be a secret."""
    for part in sorted(re.findall(r"[\w.~-]{6,}", url), key=len, reverse=True):
        message = message.replace(part, "…")
    return shorten(message, 200)
