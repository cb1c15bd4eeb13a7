"""The links in a paper's comment and abstract, told apart: code repository, Hugging Face, project page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

LinkKind = Literal["code", "huggingface", "project", "other"]

_HOST = r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}"  # labels are at most 63 characters, by RFC 1035
_URL = re.compile(
    rf"(?P<scheme>https?://)(?:[^\s/@]{{1,60}}@)?{_HOST}(?P<path>[/?#:][A-Za-z0-9._~:/?#@!&*+=%()-]*)?"
    rf"|(?P<tex>\\(?:url|href)\{{)?(?<![\w.@/-]){_HOST}(?:[/?#][A-Za-z0-9._~:/?#@!&*+=%()-]*)?",
    re.ASCII,  # a letter of another script ends an address, as its full stop does
)
# TeX's escapes inside an address: `\_`, `{\_}`, `\%`, `\~{}`, and its permissions to break a line.
_TEX_ESCAPE = re.compile(r"\{\\([_%#&~])\}|\\([_%#&~])(?:\{\})?|\\(?:allowbreak|slash|-)(?:\{\})?")
_PAGE_WORD = re.compile(
    r"(?:project|page|website|homepage|webpage|demo)\W{0,12}(?:\w{2,9}\W{1,9}){0,4}$", re.IGNORECASE
)

_ANONYMOUS_HOST = "anonymous.4open.science"  # repositories without their owner's name: /r/NAME
_CODE_HOSTS = ("github.com", "bitbucket.org", "codeberg.org", "gitee.com", "gist.github.com")
_PAGE_HOSTS = (".github.io", ".gitlab.io", ".pages.dev", ".netlify.app", ".vercel.app", ".readthedocs.io")
_HUGGING_FACE_HOSTS = ("huggingface.co", "hf.co")
# Not what the paper brings: where papers, licences and people are looked up.
_REFERENCE_HOSTS = ("arxiv.org", "doi.org", "creativecommons.org", "orcid.org")
# First segments that are GitHub's or Hugging Face's own pages, not somebody's account.
_OWN_PAGES_TEXT = (
    "about blog docs features join login marketplace models orgs papers pricing search settings sponsors tasks topics"
)
_OWN_PAGES = frozenset(_OWN_PAGES_TEXT.split())
_HUGGING_FACE_KINDS = ("datasets", "spaces", "collections")
_CONTEXT_CHARACTERS = 60  # before an address: "Project page:", "see our website at"


@dataclass(frozen=True, slots=True)
class PaperLinks:
    """The first link of each kind."""

    code: str | None = None
    huggingface: str | None = None
    project: str | None = None


def find_links(*texts: str) -> PaperLinks:
    """The first link of each kind in the texts, in their order. A page called a project's goes before any other."""
    found: dict[LinkKind, str] = {}
    for text in texts:
        for kind, url in _iterate_links(text):
            found.setdefault(kind, url)
    return PaperLinks(found.get("code"), found.get("huggingface"), found.get("project") or found.get("other"))


def _iterate_links(text: str) -> Iterator[tuple[LinkKind, str]]:
    text = _TEX_ESCAPE.sub(lambda match: match[1] or match[2] or "", text)
    for match in _URL.finditer(text):
        written = match[0][len(match["tex"] or "") :]
        url = _strip_sentence(written if match["scheme"] else f"https://{written}")
        kind, url = classify_link(url)
        known = kind in ("code", "huggingface") or urlsplit(url).netloc.endswith(_PAGE_HOSTS)
        if not url or not (match["scheme"] or match["tex"] or known):
            continue
        before = text[max(0, match.start() - _CONTEXT_CHARACTERS) : match.start()]
        yield ("project" if kind == "other" and _PAGE_WORD.search(before) else kind), url


def _strip_sentence(url: str) -> str:
    """An address without the stops and brackets of the sentence that it ends."""
    while url and (url[-1] in ".,;:!?*~" or (url[-1] == ")" and url.count("(") < url.count(")"))):
        url = url[:-1]
    return url


def classify_link(url: str) -> tuple[LinkKind, str]:
    """What an address leads to, and its shortest form; an empty address where it leads to nothing of a paper's."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:  # a port that is none
        return "other", ""
    segments = [segment for segment in parts.path.split("/") if segment]
    if host in _CODE_HOSTS or host.startswith("gitlab.") or ".gitlab." in host:
        if len(segments) < 2 or segments[0].lower() in _OWN_PAGES:
            return "code", ""  # somebody's account, or the host's own page
        depth = 2
        if "gitlab" in host:  # groups nest; what follows `-` is a page of the repository
            depth = segments.index("-") if "-" in segments else len(segments)
        return "code", f"https://{host}/{'/'.join(segments[:depth]).removesuffix('.git').rstrip('.')}"
    if host == _ANONYMOUS_HOST and len(segments) > 1:
        return "code", f"https://{host}/{'/'.join(segments[:2])}"
    if host in _HUGGING_FACE_HOSTS:
        depth = 3 if segments[:1] and segments[0] in _HUGGING_FACE_KINDS else 2
        if not segments or segments[0].lower() in _OWN_PAGES:
            return "huggingface", ""
        return "huggingface", f"https://huggingface.co/{'/'.join(segments[:depth])}"
    if any(host == name or host.endswith(f".{name}") for name in _REFERENCE_HOSTS):
        return "other", ""
    return ("project" if host.endswith(_PAGE_HOSTS) or host == "sites.google.com" else "other"), url
