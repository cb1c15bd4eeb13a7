"""Where each page stands, relative to the site's folder. Every link is made here."""

import hashlib
import re
from datetime import date

from digest_assets.common.arxiv_ids import parse_arxiv_id


def day(of: date) -> str:
    """The page of a day."""
    return f"days/{of.isoformat()}/index.html"


def report(of: date, name: str) -> str:
    """The page of a report's day."""
    return f"days/{of.isoformat()}/{name}.html"


def paper(arxiv_id: str) -> str:
    """The page of a paper, in a folder of its month (`2512`) or, for an old id, of its archive."""
    parsed = parse_arxiv_id(arxiv_id)
    shelf = parsed.id.split("/")[0] if "/" in parsed.id else parsed.id[:4]
    return f"papers/{shelf}/{parsed.file_name}.html"


def month(of: str) -> str:
    """The page of a month, `YYYY-MM`."""
    return f"months/{of}.html"


def series(kind: str, name: str, of: str | None = None) -> str:
    """The page of a topic or category (`kind` is `topics` or `categories`), or of one month of it."""
    return f"{kind}/{slug(name)}/{of or 'index'}.html"


def records(of: str) -> str:
    """What the site keeps about the days of a month."""
    return f"data/months/{of}.json"


def search(of: date) -> str:
    """A day's papers for the search."""
    return f"data/search/{of.isoformat()}.js"


def report_feed(name: str) -> str:
    """A report's Atom feed."""
    return f"feeds/{name}.atom"


def topic_feed(name: str) -> str:
    """A topic's Atom feed."""
    return f"feeds/topics/{slug(name)}.atom"


INDEX = "data/index.json"
DAYS = "data/days.js"


def slug(name: str) -> str:
    """A name as a file name: itself where it is plain, else its plain part and a hash, so that no two are the same."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")
    if re.fullmatch(r"[A-Za-z0-9]+(?:[ .][A-Za-z0-9]+)*", name):
        return plain
    return f"{plain or 'topic'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def to_root(page: str) -> str:
    """What leads from a page back to the site's folder: `../` once for each folder."""
    return "../" * page.count("/")
