"""A library at zotero.org, read through its API by pyzotero. The key stands in the environment; nothing is written there."""

import os
from collections.abc import Mapping
from typing import Any

from digest_assets.common.errors import SourceError, TransientSourceError
from digest_assets.config.readers import ZoteroConfig
from digest_assets.relevance.library_files import LibraryEntry, drop_repeats, make_entry

_NO_PAPERS = ("attachment", "note", "annotation")


def fetch_zotero_library(config: ZoteroConfig, url: str) -> list[LibraryEntry]:
    """All papers of the library, or of one collection. Raises `SourceError` that says what to do."""
    from pyzotero import zotero, zotero_errors  # a library at Zotero alone needs it

    client = zotero.Zotero(config.library_id, config.library_type, os.environ.get(config.key_variable) or None)
    client.endpoint = url.rstrip("/")
    what = f"Zotero's library of the {config.library_type} {config.library_id}"
    try:
        first = (
            client.collection_items_top(config.collection, limit=100) if config.collection else client.top(limit=100)
        )
        items = client.everything(first)
    except (zotero_errors.UserNotAuthorisedError, zotero_errors.ResourceNotFoundError) as error:
        raise SourceError(
            f"{what} cannot be read ({type(error).__name__}): look at library.zotero, and at the key in {config.key_variable}"
        ) from error
    except Exception as error:  # of the client, its HTTP library, or what a proxy answers
        raise TransientSourceError(f"{what} cannot be read now ({type(error).__name__}: {str(error)[:200]})") from error
    return drop_repeats(entry for item in items if (entry := _parse_item(item.get("data") or {})))


def _parse_item(data: Mapping[str, Any]) -> LibraryEntry | None:
    if data.get("itemType") in _NO_PAPERS:
        return None
    names = [
        str(person.get("name") or f"{person.get('firstName') or ''} {person.get('lastName') or ''}")
        for person in data.get("creators") or ()
        if person.get("creatorType") in (None, "author")
    ]
    places = [data.get(name) for name in ("archiveID", "url", "DOI", "extra", "publicationTitle", "number")]
    return make_entry(str(data.get("title") or ""), str(data.get("abstractNote") or ""), names, places)
