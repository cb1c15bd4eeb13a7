"""What the loopback server answers as arXiv's OAI-PMH: `ListRecords` in the form `arXivRaw`, with resumption tokens."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from digest_assets.testing.loopback.responses import LoopbackResponse, ServedPaper

_NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
_RAW = "http://arxiv.org/OAI/arXivRaw/"
_FORMS = ("oai_dc", "arXiv", "arXivRaw")


def build_oai_response(
    papers: Sequence[ServedPaper], parameters: Mapping[str, str], newest: date, page_size: int
) -> LoopbackResponse:
    """A page of records; an `error` element, with HTTP 200, for what cannot be asked. A token holds the whole question."""
    if parameters.get("verb") != "ListRecords":
        return _error("badVerb", "Illegal OAI verb")
    token = parameters.get("resumptionToken")
    asked = dict(part.partition("=")[::2] for part in token.split("&")) if token else dict(parameters)
    try:
        first, last = (date.fromisoformat(asked[name]) for name in ("from", "until"))
        form, start = asked["metadataPrefix"], int(asked.get("skip", "0"))
    except (KeyError, ValueError):
        return _error("badResumptionToken" if token else "badArgument", "the request is not one that is answered here")
    if form not in _FORMS:
        return _error("cannotDisseminateFormat", f"no {form} here")
    dated = [(stamp, paper) for paper in papers if (stamp := _find_datestamp(paper, newest)) and first <= stamp <= last]
    name = asked.get("set", "").rpartition(":")[2]
    found = [
        (stamp, paper) for stamp, paper in dated if any(item.partition(".")[0] == name for item in paper.categories)
    ]
    if not found:
        return _error("noRecordsMatch", "The combination of the values given results in an empty list.")
    shown = found[start : start + page_size]
    body = "".join(_render_record(paper, stamp, name) for stamp, paper in shown)
    if start or len(found) > page_size:
        rest = start + page_size if start + page_size < len(found) else None
        following = "&".join(f"{key}={value}" for key, value in {**asked, "skip": rest}.items() if key != "verb")
        text = escape(following) if rest is not None else ""
        body += f'<resumptionToken cursor="{start}" completeListSize="{len(found)}">{text}</resumptionToken>'
    return _answer(f"<ListRecords>{body}</ListRecords>")


def _find_datestamp(paper: ServedPaper, newest: date) -> date | None:
    return max((day for day in paper.announced if day <= newest), default=None)


def _render_record(paper: ServedPaper, stamp: date, archive: str) -> str:
    history = "".join(
        f'<version version="v{number}"><date>{format_datetime(_get_time(paper, number), usegmt=True)}</date>'
        + ("<size>0kb</size><source_type>I</source_type>" if paper.is_withdrawn and number == paper.version else
           "<size>40kb</size><source_type>D</source_type>")
        + "</version>"
        for number in range(1, paper.version + 1)
    )  # fmt: skip
    optional = {"comments": paper.comment, "doi": paper.doi, "journal-ref": paper.journal_ref}
    return (
        f"<record><header><identifier>oai:arXiv.org:{paper.id}</identifier><datestamp>{stamp}</datestamp>"
        f"<setSpec>{archive}</setSpec></header><metadata><arXivRaw xmlns={quoteattr(_RAW)}><id>{paper.id}</id>"
        f"<submitter>{escape(paper.authors[0] if paper.authors else '')}</submitter>{history}"
        f"<title>{escape(paper.title)}</title><authors>{escape(', '.join(paper.authors))}</authors>"
        f"<categories>{' '.join(paper.categories)}</categories>"
        + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in optional.items() if text)
        + f"<license>{escape(paper.license)}</license><abstract>{escape(paper.abstract)}</abstract>"
        "</arXivRaw></metadata></record>"
    )


def _get_time(paper: ServedPaper, version: int) -> datetime:
    """Of version 1 and the newest what the collection says; of those between a day after the first each."""
    last = paper.updated or paper.published
    moment = last if version == paper.version else paper.published + timedelta(days=version - 1)
    return min(moment, last).astimezone(UTC)


def _error(code: str, message: str) -> LoopbackResponse:
    return _answer(f'<error code="{code}">{escape(message)}</error>')


def _answer(content: str) -> LoopbackResponse:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="{_NAMESPACE}"><responseDate>2026-01-01T00:00:00Z'
        f"</responseDate><request>https://oaipmh.arxiv.org/oai</request>{content}</OAI-PMH>"
    )
    return LoopbackResponse(body.encode(), content_type="text/xml; charset=utf-8")
