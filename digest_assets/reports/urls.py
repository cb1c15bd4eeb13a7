"""The site's and feeds' addresses: each page's path relative to the site's folder. Every link is made here.

They stand before the rooms site and feeds because reports, exports and messages link those pages too.
"""

import hashlib
import re
from datetime import date
from urllib.parse import quote, urlsplit, urlunsplit

from digest_assets.common.arxiv_ids import parse_arxiv_id
from digest_assets.common.markdown import to_single_line
from digest_assets.config.fields import WEEKLY_REPORT

SITE_FOLDER = "site"  # in the data folder
FEEDS_FOLDER = "feeds"  # in the site's folder
INDEX = "data/index.json"
SITEMAP = "sitemap.xml"
DAYS_SCRIPT = "data/days.js"
SEARCH_SCRIPT = "data/search.js"
SERVER_SCRIPT = "static/server.js"  # which a server of the site answers in its own way
WEEKS = "data/weeks.json"
WEEKS_PAGE = "weeks/index.html"


def is_web_address(url: str | None) -> bool:
    """Whether an address that a source gave may become a link: http or https, with a host, in one piece, seen whole."""
    if not url or to_single_line(url) != url or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def encode_address(url: str) -> str:
    """A web address with what may not stand in one, like `<` and letters of other alphabets, as `%` and digits."""
    parts = urlsplit(url)
    path, query, fragment = (quote(part, safe="%/:?@!$&'()*+,;=~") for part in parts[2:])
    return urlunsplit((parts.scheme, parts.netloc, path, query, fragment))


def day_page(day: date) -> str:
    """The page of a day."""
    return f"days/{day.isoformat()}/index.html"


def report_page(day: date, report: str, part: int = 1) -> str:
    """The page of a report's day, or a later part of it; of the weekly report, the page of the week."""
    if report == WEEKLY_REPORT:
        return week_page(day)
    return (
        f"days/{day.isoformat()}/{report}.html" if part == 1 else f"days/{day.isoformat()}/parts/{report}-{part}.html"
    )


def week_page(monday: date) -> str:
    """The page of a week."""
    return f"weeks/{monday.isoformat()}.html"


def paper_page(arxiv_id: str) -> str:
    """The page of a paper, in a folder of its month (`2512`) or, for an old id, of its archive."""
    parsed = parse_arxiv_id(arxiv_id)
    folder = parsed.id.split("/")[0] if "/" in parsed.id else parsed.id[:4]
    return f"papers/{folder}/{parsed.file_name}.html"


def paper_place(day: date, arxiv_id: str) -> str:
    """A paper's line on the page of a day that lists it: it leads on, wherever the paper itself stands."""
    return f"{day_page(day)}#{arxiv_id}"


def papers_page(day: date, part: str) -> str:
    """A part of a day's papers that no report reads in full, each whole and under its id."""
    return f"days/{day.isoformat()}/papers/{part}.html"


def paper_picture(arxiv_id: str) -> str:
    """The picture on a paper's page, beside it."""
    return f"{paper_page(arxiv_id).removesuffix('.html')}.webp"


def month_page(month: str) -> str:
    """The page of a month, `YYYY-MM`."""
    return f"months/{month}.html"


def series_page(kind: str, name: str, month: str | None = None) -> str:
    """The page of a topic or category (`kind` is `topics` or `categories`), or of one month of it."""
    return f"{kind}/{slugify(name)}/{month or 'index'}.html"


def month_records(month: str) -> str:
    """The site's records of a month's days."""
    return f"data/months/{month}.json"


def search_folder(day: date) -> str:
    """Where a day's papers are for the search."""
    return f"data/search/{day.isoformat()}"


def search_papers(day: date, part: int) -> str:
    """A part of a day's papers for the search."""
    return f"{search_folder(day)}/{part}.js"


def search_texts(day: date, part: int) -> str:
    """The texts of a part of a day's papers, in which the search looks for phrases."""
    return f"{search_folder(day)}/{part}-texts.js"


def search_words(segment: str, shard: int) -> str:
    """A part of the words of a month, `YYYY-MM`, or of a year's months that are over."""
    return f"data/words/{segment}/{shard}.js"


def search_spelling(month: str) -> str:
    """The words of a month that misspelt ones are corrected to."""
    return f"data/words/{month}/spelling.js"


def month_sitemap(month: str) -> str:
    """The sitemap of a month, `YYYY-MM`."""
    return f"data/sitemaps/{month}.xml"


def mail_page() -> str:
    """The page that says how to stop the mails."""
    return "mail.html"


def report_feed(report: str) -> str:
    """A report's feed, without the ending that says its form."""
    return f"{FEEDS_FOLDER}/{report}"


def changes_feed() -> str:
    """The feed of what new versions changed, without the ending that says its form."""
    return f"{FEEDS_FOLDER}/papers/changes"


def author_feed(author: str) -> str:
    """The feed of an author whom a reader follows, without the ending that says its form."""
    return f"{FEEDS_FOLDER}/authors/{slugify(author)}"


def topic_feed(topic: str) -> str:
    """A topic's feed, without the ending that says its form."""
    return f"{FEEDS_FOLDER}/topics/{slugify(topic)}"


def slugify(name: str) -> str:
    """A name as a file name: itself where it is plain, else its plain part and a hash, so that no two are the same."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")
    if re.fullmatch(r"[A-Za-z0-9]+(?:[ .][A-Za-z0-9]+)*", name):
        return plain
    return f"{plain or 'topic'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def resolve(root: str, address: str) -> str:
    """A link from a page whose way back is `root`: to a page of the site, or to elsewhere as it is."""
    return address if is_web_address(address) else root + address


def relative_root(page: str) -> str:
    """The way from a page back to the site's folder: `../` once for each folder."""
    return "../" * page.count("/")
