"""Strict reading of the XML that arXiv's API and announcement feeds serve."""

from lxml import etree

from digest_assets.common.http import RetryableResponseError, summarize_body


def parse_xml(body: bytes) -> etree._Element:
    """The root of a whole, well-formed document. Raises `RetryableResponseError` for anything else.

    Nothing is loaded from elsewhere and no entity is expanded: feeds have neither, so a document type is refused.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RetryableResponseError(f"malformed XML ({error})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise RetryableResponseError("XML with a document type, which a feed does not have")
    return root


def explain_error_entry(body: bytes) -> str:
    """Why a request was refused: the summary of an Atom error entry, else the start of the text."""
    try:
        summary = parse_xml(body).findtext(".//{*}entry/{*}summary")
    except RetryableResponseError:
        summary = None
    return summarize_body((summary or "").encode() or body)
