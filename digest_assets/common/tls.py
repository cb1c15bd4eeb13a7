"""TLS: what the certificates of servers are checked against."""

import ssl
from functools import cache

import httpx2


@cache
def get_tls_context() -> ssl.SSLContext:
    """The context of every HTTPS connection of this process, which trusts the usual authorities.

    Read once: a client that reads them for itself takes 30 ms of processor time for it, forty times what the rest of it
    takes, and a run has a client for each source.
    """
    return httpx2.create_ssl_context()
