"""Messages: an edition as e-mail, Slack, Discord or JSON. Untrusted text stays text in all of them; nothing is sent here."""

import re
from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from digest_assets.common.dates import format_long_date
from digest_assets.common.markdown import to_single_line
from digest_assets.config.delivery import MailConfig
from digest_assets.config.settings import Settings
from digest_assets.reports import snippets, urls
from digest_assets.reports.edition import Edition, EditionEntry
from digest_assets.reports.labels import get_display_name
from digest_assets.reports.snippets import Brief, SnippetLinks, shorten
from digest_assets.reports.tables import ReportRow
from digest_assets.weekly.tables import WeeklyRow

# Slack shows a message of some screens; more papers than this are named as a number, with a link to all.
_SLACK_PAPERS, _SLACK_CHARACTERS = 20, 300
# Discord takes 10 embeds, together 6,000 characters; 500 are left for counting otherwise than Python. A title may have
# 256 characters, and escaping may double it. https://docs.discord.com/developers/resources/message#embed-object-embed-limits
_DISCORD_EMBEDS, _DISCORD_CHARACTERS, _DISCORD_TITLE, _DISCORD_TEXT = 10, 5_500, 240, 400
_DISCORD_MARKUP = re.compile(r"([\\*_~`|>\[\]()#@<:-])")
# Gmail cuts a message's HTML at 102 kB; as sent, that is with its encoding.
_MAIL_BYTES = 95_000
_TEMPLATES = snippets.make_environment("digest_assets.delivery")
_TEXT, _MAIL = _TEMPLATES.get_template("edition.txt.jinja"), _TEMPLATES.get_template("mail.html.jinja")


def build_mail(
    edition: Edition,
    row: ReportRow | WeeklyRow,
    settings: Settings,
    config: MailConfig,
    *,
    to: str,
    key: str,
    now: datetime,
) -> EmailMessage:
    """The edition in brief as HTML with a plain text beside it; the whole report as a file where the settings say so.

    As many papers as keep the HTML under what mail programs show without a cut. The same edition has the same
    `Message-ID`, by which mail programs can tell a copy. Lists are named as RFC 2919, left as RFC 2369 says.
    """
    links = SnippetLinks.from_settings(settings)
    headline, page = snippets.format_headline(edition, settings), links.report(edition.report, edition.day)
    domain = config.sender.rpartition("@")[2]
    unsubscribe = f"unsubscribe {edition.report}"

    def render_page(brief: Brief) -> str:
        papers = snippets.render_brief_html(brief, edition, links)
        return _MAIL.render(
            edition=edition,
            headline=headline,
            name=snippets.get_report_title(edition.report, settings),
            when=format_long_date(edition.day),
            count=len(edition.papers),
            page=page,
            papers=papers,
            sender=config.sender,
            unsubscribe=unsubscribe,
        )

    brief = snippets.fit_brief(edition, lambda brief: len(_encode_html(render_page(brief))) <= _MAIL_BYTES)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = headline
    message["From"] = config.sender
    message["To"] = to
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{key}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Id"] = f"{get_display_name(edition.report)} <{edition.report}.{domain}>"
    message["List-Unsubscribe"] = ", ".join(
        f"<{address}>"
        for address in (
            f"mailto:{config.sender}?subject={quote(unsubscribe)}",
            links.site and links.site + urls.mail_page(),
        )
        if address
    )
    message.set_content(_TEXT.render(brief=brief, head_note=edition.head_note, page=page, links=links))
    message.add_alternative(render_page(brief), subtype="html")
    if config.attach_report:
        message.add_attachment(
            (settings.data_dir / row.path).read_bytes(),
            maintype="text",
            subtype="markdown",
            params={"charset": "utf-8"},
            filename=f"{edition.day}-{edition.report}.md",
        )
    return message


def _encode_html(page: str) -> bytes:
    """The page as it is sent."""
    part = EmailMessage(policy=SMTP)
    part.set_content(page, subtype="html")
    return part.as_bytes()


def build_slack_message(edition: Edition, settings: Settings) -> dict[str, Any]:
    """A Slack message of rich text, in which nothing is read as markup.

    See https://docs.slack.dev/reference/block-kit/blocks/rich-text-block.
    """
    links = SnippetLinks.from_settings(settings)
    headline = snippets.format_headline(edition, settings)
    sections = [_make_slack_section([{"type": "text", "text": headline, "style": {"bold": True}}])]
    papers = edition.papers[:_SLACK_PAPERS]
    sections += [
        _make_slack_section(
            [
                {
                    "type": "link",
                    "url": links.paper(entry),
                    "text": shorten(snippets.format_plain(entry.title), _SLACK_CHARACTERS),
                },
                {
                    "type": "text",
                    "text": f"\n{shorten(snippets.format_gist(entry), _SLACK_CHARACTERS)}\n{entry.provenance}",
                },
            ]
        )
        for entry in papers
    ]
    if more := len(edition.papers) - len(papers):
        sections.append(_make_slack_section([{"type": "text", "text": f"And {more} more."}]))
    if page := links.report(edition.report, edition.day):
        sections.append(_make_slack_section([{"type": "link", "url": page, "text": "The whole edition"}]))
    return {"text": headline, "blocks": [{"type": "rich_text", "elements": sections}]}


def build_discord_message(edition: Edition, settings: Settings) -> dict[str, Any]:
    """A Discord message with an embed for each paper, as many as one may hold; nobody is mentioned.

    See https://docs.discord.com/developers/resources/webhook#execute-webhook and its limits of embeds.
    """
    links = SnippetLinks.from_settings(settings)
    embeds = list(
        _limit_characters(
            _DISCORD_CHARACTERS, (_make_embed(entry, links) for entry in edition.papers[:_DISCORD_EMBEDS])
        )
    )
    more = len(edition.papers) - len(embeds)
    lines = [
        snippets.format_headline(edition, settings),
        links.report(edition.report, edition.day) or "",
        f"And {more} more." if more else "",
    ]
    return {
        "content": _DISCORD_MARKUP.sub(r"\\\1", lines[0]) + "".join(f"\n{line}" for line in lines[1:] if line),
        "embeds": embeds,
        "allowed_mentions": {"parse": []},
    }


def build_json_message(edition: Edition, row: ReportRow | WeeklyRow, settings: Settings, *, key: str) -> dict[str, Any]:
    """The edition for another program: its papers with the fields of each summary."""
    links = SnippetLinks.from_settings(settings)
    return {
        "key": key,
        "report": edition.report,
        "day": edition.day.isoformat(),
        "language": edition.language,
        "title": snippets.format_headline(edition, settings),
        "url": links.report(edition.report, edition.day),
        "sha256": row.sha256,
        "parts": [
            {"name": group.name, "papers": [_describe_paper(entry, links) for entry in group.entries]}
            for group in edition.groups
        ],
    }


def _describe_paper(entry: EditionEntry, links: SnippetLinks) -> dict[str, Any]:
    return {
        "id": entry.paper.id,
        "version": entry.paper.version,
        "title": entry.title,
        "authors": [to_single_line(name) for name in entry.paper.authors],
        "url": links.paper(entry),
        "summary": _fold_texts(entry.fields.model_dump(mode="json")),
        "provenance": str(entry.provenance),
    }


def _fold_texts(value: Any) -> Any:
    """All texts in a value on one line, without unseen characters."""
    if isinstance(value, dict):
        return {name: _fold_texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_fold_texts(inner) for inner in value]
    return to_single_line(value) if isinstance(value, str) else value


def _make_slack_section(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": elements}


def _make_embed(entry: EditionEntry, links: SnippetLinks) -> dict[str, Any]:
    return {
        "title": _DISCORD_MARKUP.sub(r"\\\1", shorten(snippets.format_plain(entry.title), _DISCORD_TITLE // 2)),
        "url": links.paper(entry),
        "description": _DISCORD_MARKUP.sub(r"\\\1", shorten(snippets.format_gist(entry), _DISCORD_TEXT)),
        "footer": {"text": shorten(str(entry.provenance), _DISCORD_TEXT)},
    }


def _limit_characters(characters: int, embeds: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Embeds as long as all their text together is not too much."""
    for embed in embeds:
        characters -= len(embed["title"]) + len(embed["description"]) + len(embed["footer"]["text"])
        if characters < 0:
            return
        yield embed
