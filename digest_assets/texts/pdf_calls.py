"""pdfium's functions, called in half the time: they are called for every line of a page."""

import ctypes
from typing import Any


def call_directly(function: Any) -> Any:
    """The function as one that keeps Python's lock and takes its arguments as they are."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return ctypes.PYFUNCTYPE(function.restype)(address)
