"""Sitemaps for search engines: one of each month's pages, and an index of them. See https://www.sitemaps.org/protocol.html.

A sitemap holds whole addresses, so there is none without `feeds.base_url`.
"""

from collections.abc import Iterable

from lxml import etree

from digest_assets.reports import urls
from digest_assets.site import search_index
from digest_assets.site.files import SiteFolder
from digest_assets.site.manifest import MonthRecords

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MAX_ADDRESSES = 50_000  # of one sitemap, by the protocol; days come first


def write_month(folder: SiteFolder, name: str, month: MonthRecords) -> None:
    """The sitemap of a month's days, reports and papers; none for a month without days."""
    here = urls.month_sitemap(name)
    if folder.address is None or not month.days:
        folder.remove(here)
        return
    days = [urls.day_page(record.day) for record in month.days]
    reports = [urls.report_page(record.day, row.report) for record in month.days for row in record.tabs]
    addresses = (search_index.read_addresses(folder, record.day).values() for record in month.days)
    papers = {address.partition("#")[0] for found in addresses for address in found}
    _write(folder, here, "urlset", "url", [*days, *reports, *sorted(papers)][:_MAX_ADDRESSES])


def write_index(folder: SiteFolder, months: Iterable[str]) -> None:
    """The index of the months' sitemaps."""
    if folder.address is None:
        folder.remove(urls.SITEMAP)
        return
    _write(folder, urls.SITEMAP, "sitemapindex", "sitemap", [urls.month_sitemap(name) for name in sorted(months)])


def _write(folder: SiteFolder, here: str, kind: str, item: str, pages: Iterable[str]) -> None:
    root = etree.fromstring(f'<{kind} xmlns="{_NAMESPACE}"/>')
    for page in pages:
        entry = etree.SubElement(root, f"{{{_NAMESPACE}}}{item}")
        etree.SubElement(entry, f"{{{_NAMESPACE}}}loc").text = f"{folder.address}{page}"
    folder.write(here, etree.tostring(root, encoding="utf-8", xml_declaration=True))
