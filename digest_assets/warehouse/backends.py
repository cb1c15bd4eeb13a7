"""Database backends: a DuckDB file of one machine, or a DuckLake that many machines share; what is stored is not here.

Both yield a DuckDB connection whose unqualified names are the tables. A file is locked, so its processes wait for each
other; in a lake (https://ducklake.select/docs/stable/) they work at once, and a commit that conflicts is done again.
"""

import importlib
import itertools
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import duckdb

from digest_assets.common.errors import StorageError, TransientStorageError
from digest_assets.common.locks import file_lock

_RETRY_SECONDS = 0.25  # opening takes some 5 ms: often enough to follow soon, rarely enough to cost nothing
LAKE_PREFIX = "ducklake:"
DOCTOR_COMMAND = "`make doctor`"


class Backend(Protocol):
    """How to get a connection to the tables."""

    def connect(self, *, read_only: bool) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection for a moment. Raises `StorageError`, saying who is in the way or what to do."""
        ...

    def hold_open(self) -> AbstractContextManager[None]:
        """Let this thread's reads within the block share one connection. Nothing may be written within it."""
        ...


def select_backend(database: Path | str, files: str, wait_seconds: float) -> Backend:
    """The backend that the setting names: a path, or a DuckLake attach string with the folder of its files."""
    if isinstance(database, str) and database.startswith(LAKE_PREFIX):
        return LakeBackend(database, files, wait_seconds)
    return FileBackend(Path(database), wait_seconds)


# The files that this thread holds open for reading.
_held_open: ContextVar[frozenset[Path]] = ContextVar("_held_open", default=frozenset())


@dataclass(frozen=True)
class FileBackend:
    """One file. DuckDB lets one process at a time open it for writing, and then no other even read it
    (https://duckdb.org/docs/stable/connect/concurrency), so processes lock a file beside it.
    """

    path: Path
    wait_seconds: float

    @contextmanager
    def connect(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection while this process holds the lock; readers share it, never with a writer."""
        if not read_only and self.path in _held_open.get():
            raise StorageError(f"{self.path} is to be written while the same thread holds it open for reading")
        if read_only and not self.path.exists():  # a read-only connection cannot make the file
            with _get_engines(os.getpid()).connect() as empty:
                yield empty
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = self.path.with_name(self.path.name + ".lock")
        with file_lock(lock, shared=read_only, timeout=self.wait_seconds), self._open_file(read_only) as connection:
            yield connection

    @contextmanager
    def hold_open(self) -> Iterator[None]:
        """Let this thread's reads within the block share one opening of the file; writers wait until it ends."""
        with self.connect(read_only=True):
            token = _held_open.set(_held_open.get() | {self.path})
            try:
                yield
            finally:
                _held_open.reset(token)

    @contextmanager
    def _open_file(self, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        engines, deadline = _get_engines(os.getpid()), time.monotonic() + self.wait_seconds
        while True:
            try:
                engine = engines.open_file(self.path, read_only)
                break
            except duckdb.Error as error:
                # A program that does not know the lock (a notebook, the duckdb shell) may hold the file for a while.
                locked = isinstance(error, duckdb.IOException) and "Could not set lock" in str(error)
                if not locked or time.monotonic() > deadline:
                    kind = TransientStorageError if locked else StorageError
                    raise kind(self._describe_failure(error, locked)) from error
                time.sleep(_RETRY_SECONDS)
        try:
            with engine.cursor() as connection:
                connection.execute(f"USE {_OPENED}")
                yield connection
        finally:
            engines.close_file(self.path)

    def _describe_failure(self, error: duckdb.Error, locked: bool) -> str:
        if not locked:
            return f"{self.path} cannot be opened: {error}; {DOCTOR_COMMAND} says what to do"
        return (
            f"another program has held {self.path} open for {self.wait_seconds:g} s: nothing was changed; close it there, "
            f"or let it look at a copy, then run this again ({error})"
        )


_OPENED = "opened"  # what a file is called in its engine


class _Engines:
    """The engines of DuckDB in this process: to start one takes 10 ms, to attach a file to one and detach it half a
    millisecond, so they are kept for the next file.

    Threads that read the same file do so in the same engine: the system forgets all of a process's locks on a file (those
    that keep other programs from writing to it) as soon as the process closes it anywhere.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._opened: dict[Path, tuple[duckdb.DuckDBPyConnection, int]] = {}  # with the number of its users

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to a database without tables."""
        engine = self._take_idle()
        try:
            with engine.cursor() as connection:
                yield connection
        finally:
            self._idle.append(engine)

    def open_file(self, path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
        """An engine that has the file as `_OPENED`, until `close_file`. Raises DuckDB's errors."""
        with self._lock:
            if path in self._opened:
                engine, users = self._opened[path]
            else:
                engine, users = self._take_idle(), 0
                try:
                    mode = "READ_ONLY" if read_only else "READ_WRITE"
                    engine.execute(f"ATTACH {quote_literal(str(path))} AS {_OPENED} ({mode})")
                except duckdb.Error:
                    self._keep_if_detached(engine)
                    raise
            self._opened[path] = engine, users + 1
            return engine

    def close_file(self, path: Path) -> None:
        """Let the file go, if this was its last user."""
        with self._lock:
            engine, users = self._opened.pop(path)
            if users > 1:
                self._opened[path] = engine, users - 1
            else:
                self._keep_if_detached(engine)

    def _take_idle(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._idle.pop()
        except IndexError:
            engine = duckdb.connect()
            engine.execute("SET GLOBAL TimeZone = 'UTC'")
            return engine

    def _keep_if_detached(self, engine: duckdb.DuckDBPyConnection) -> None:
        try:
            engine.execute(f"DETACH DATABASE IF EXISTS {_OPENED}")
            self._idle.append(engine)
        except duckdb.Error:  # such as one that a damaged file has broken
            engine.close()


@cache
def _get_engines(process: int) -> _Engines:
    """Those of this process: one that was forked has none of its parent's threads."""
    return _Engines()


# Parts of a catalogue's errors that pass by themselves in a while.
_TRANSIENT_ERRORS = (
    "connection refused",
    "starting up",
    "shutting down",
    "too many clients",
    "already exists",  # two processes that make the same catalogue at once
    "server closed the connection",
    "timeout expired",
    "terminating connection",
    "no connection to the server",
    "could not connect to server",
    "in recovery mode",
    "not yet accepting connections",
)
_aliases = itertools.count(1)


def is_transient(error: BaseException) -> bool:
    """Whether it is of a catalogue that is gone for a while, as when its server restarts."""
    return isinstance(error, duckdb.Error) and any(words in str(error).lower() for words in _TRANSIENT_ERRORS)


@dataclass(frozen=True)
class LakeBackend:
    """A DuckLake: its catalogue in PostgreSQL (or another database), its files in a folder or an object store.

    The catalogue's password is read by PostgreSQL's own client library from PGPASSWORD or a password file, an
    object store's keys from the AWS_* variables; neither stands in the settings.
    """

    attach: str
    files: str
    wait_seconds: float

    @contextmanager
    def connect(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own to the lake. Readers attach it like writers: whoever comes first makes it."""
        alias = f"lake_{next(_aliases)}"
        with _load_engine(os.getpid(), self.files.startswith("s3://")).cursor() as connection:
            try:
                self._attach(connection, alias)
                yield connection
            finally:
                _detach(connection, alias)

    def hold_open(self) -> AbstractContextManager[None]:
        """Nothing: the engine of a lake is open as long as the process lives."""
        return nullcontext()

    def _attach(self, connection: duckdb.DuckDBPyConnection, alias: str) -> None:
        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                connection.execute(
                    f"ATTACH {quote_literal(self.attach)} AS {alias} (DATA_PATH {quote_literal(self.files)})"
                )
                connection.execute(f"USE {alias}")  # which asks the catalogue, too
                connection.execute("SET TimeZone = 'UTC'")
                return
            except duckdb.Error as error:
                _detach(connection, alias)
                transient = is_transient(error)
                if not transient or time.monotonic() > deadline:
                    kind = TransientStorageError if transient else StorageError
                    raise kind(f"{self.attach} cannot be opened: {error}") from error
                time.sleep(_RETRY_SECONDS)


def _detach(connection: duckdb.DuckDBPyConnection, alias: str) -> None:
    connection.execute("USE memory")
    with suppress(duckdb.Error):  # it was not attached, or a catalogue that is gone has nothing to be told
        connection.execute(f"DETACH {alias}")


@cache
def _load_engine(process: int, object_store: bool) -> duckdb.DuckDBPyConnection:
    """DuckDB with the extensions of a lake, once a process: loading them takes longer than all the rest.

    They come from their PyPI packages, of DuckDB's own version, so that nothing is downloaded at run time.
    """
    connection = duckdb.connect()
    for name in ("ducklake", "postgres_scanner", *(("httpfs",) if object_store else ())):
        connection.execute(f"LOAD {quote_literal(str(_find_extension(name)))}")
    if object_store:
        _create_object_store_secret(connection, os.environ)
    return connection


def _find_extension(name: str) -> Path:
    package = f"duckdb_extension_{name}"
    try:
        module = importlib.import_module(package)
    except ModuleNotFoundError:
        raise StorageError(
            f"database is a DuckLake, but the package {package.replace('_', '-')} is not installed; "
            "install digest-assets with its extra [many-machines]"
        ) from None
    folder = Path(str(module.__file__)).parent / "extensions" / f"v{duckdb.__version__}"
    file = folder / f"{name}.duckdb_extension"
    if not file.exists():
        raise StorageError(f"{package} is not of DuckDB's version, {duckdb.__version__}; install that one")
    return file


def _create_object_store_secret(connection: duckdb.DuckDBPyConnection, variables: Mapping[str, str]) -> None:
    """Let DuckDB know the object store by the variables that the AWS tools read."""
    endpoint = variables.get("AWS_ENDPOINT_URL", "")
    options = {
        "KEY_ID": variables.get("AWS_ACCESS_KEY_ID"),
        "SECRET": variables.get("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": variables.get("AWS_SESSION_TOKEN"),
        "REGION": variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION"),
        "ENDPOINT": endpoint.partition("://")[2] or None,
        "USE_SSL": "false" if endpoint.startswith("http://") else None,
        "URL_STYLE": "path" if endpoint else None,
    }
    clauses = ", ".join(f"{name} {quote_literal(value)}" for name, value in options.items() if value)
    try:
        connection.execute(f"CREATE OR REPLACE SECRET object_store (TYPE s3, {clauses})" if clauses else "SELECT 1")
    except duckdb.Error:  # its message may hold the keys
        raise StorageError("DuckDB does not take the AWS_* variables; check that each is one line of text") from None


def quote_literal(text: str) -> str:
    """A text as an SQL literal, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"
