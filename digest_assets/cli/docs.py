"""The reference pages of `docs/`, made from the code that they describe, for `digest docs`.

`docs/settings.md` is every key of `digest.yaml` and every variable of the environment, `docs/tables.md` every table
of the warehouse with its columns.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import duckdb
from pydantic import BaseModel

from digest_assets.config.custom_reports import CustomReport
from digest_assets.config.settings import Config, Environment
from digest_assets.tables import ALL_TABLES, ASSET_TABLES, DAY_TABLES
from digest_assets.warehouse import Table
from digest_assets.warehouse.migrations import create_or_migrate

BOOKKEEPING_TABLES = tuple(table for name, table in ALL_TABLES.items() if name not in ASSET_TABLES)

_NOTICE = "<!-- Made by `digest docs`: change the code that it describes. -->"
_LIBRARY_VARIABLES = (
    ("DIGEST_CONFIG", "`digest.yaml`", "The file of these settings."),
    ("HF_ENDPOINT", "`https://huggingface.co`", "The root of Hugging Face's API."),
    ("HF_TOKEN", "none", "A Hugging Face token; none is needed."),
    ("OPENAI_BASE_URL", "`https://api.openai.com/v1`", "The endpoint of `engine: openai`."),
    ("OPENAI_API_KEY", "none", "Its key. Read when it is first needed, never kept or logged."),
    ("PGHOST", "a local socket", "The PostgreSQL of a DuckLake's catalogue, with `PGPORT`, `PGUSER` and `PGPASSWORD`."),
    ("AWS_ENDPOINT_URL", "AWS's", "The object store of a DuckLake's files, where it is not AWS."),
    (
        "AWS_ACCESS_KEY_ID",
        "none",
        "The store's key; `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_REGION` too.",
    ),
    ("CELERY_BROKER_URL", "RabbitMQ on `localhost`", "Where `executor: celery` finds its workers."),
    ("CELERY_RESULT_BACKEND", "`rpc://`", "Where it finds what they answer."),
    ("DIGEST_UI_PASSWORD", "none", "What `digest ui` and `digest serve` ask for; needed where others reach them."),
    ("DIGEST_UI_HOSTS", "none", "Names, parted by commas, under which they are reached beside this machine's own."),
    ("DAGSTER_HOME", "`dagster` in the data folder", "Where Dagster keeps its runs and logs."),
)


def build_pages() -> dict[str, str]:
    """The reference pages, by file name."""
    return {"settings.md": build_settings_page(), "tables.md": build_tables_page()}


def write_pages(folder: Path) -> list[Path]:
    """Write the pages into a folder; returns the files that changed."""
    changed = []
    for name, text in build_pages().items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path)
    return changed


# Settings


def build_settings_page() -> str:
    """Every key of `digest.yaml`, with what is allowed, its default and what it means; then the environment."""
    lines = [
        "# Settings",
        _NOTICE,
        "Choices stand in `digest.yaml`, places and secrets in the environment. Everything has a default, so the file may be "
        "as short as one line, or empty. It is read when the project loads; an unknown key or a wrong value is said at once, "
        "with its place and what is allowed.",
    ]
    schema = Config.model_json_schema(by_alias=True)
    lines += _build_sections(schema, schema, "", Config().model_dump(mode="json", by_alias=True))
    custom = CustomReport.model_json_schema(by_alias=True)
    lines += [
        "## A custom report",
        "What `report.yaml` says, in a folder of `reports.folder`; see custom-reports.md.",
    ]
    lines += _build_sections(custom, custom, "", _read_defaults(custom), level=3)
    lines += ["## Environment", "An empty variable counts as not set.", "\n".join(_build_environment())]
    return "\n\n".join(lines) + "\n"


def _build_sections(
    whole: dict[str, Any], node: dict[str, Any], path: str, defaults: Any, level: int = 2
) -> Iterator[str]:
    """A heading with the table of its keys, then the same for each key that holds keys."""
    below = []
    rows = []
    for key, field in node["properties"].items():
        place = f"{path}.{key}" if path else key
        inner, suffix = _find_inner_model(whole, field)
        default = defaults[key] if isinstance(defaults, dict) and key in defaults else None
        if inner is not None:
            below.append((inner, place + suffix, default if not suffix else None))
        if inner is None or suffix:
            shown = "required" if key in node.get("required", ()) else _format_default(default)
            rows.append((key, _describe_allowed(field), shown, field["description"]))
    if rows:
        yield f"{'#' * level} `{path}`" if path else f"{'#' * level} At the top"
        if path:
            yield node["description"]
        yield _table(("key", "allowed", "default", "meaning"), rows)
    for inner, place, default in below:
        # What stands in a list or a mapping has the defaults of its own keys.
        yield from _build_sections(whole, inner, place, _read_defaults(inner) if default is None else default, level)


def _read_defaults(node: dict[str, Any]) -> dict[str, Any]:
    return {key: field.get("default") for key, field in node["properties"].items()}


def _find_inner_model(whole: dict[str, Any], field: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """The model that a field holds, if any: by itself, in a list (`[]`) or by name (`.NAME`)."""
    for holder, suffix in (
        (field, ""),
        (field.get("items", {}), "[]"),
        (field.get("additionalProperties", {}), ".NAME"),
    ):
        if isinstance(holder, dict) and "$ref" in holder:
            return whole["$defs"][holder["$ref"].rsplit("/", 1)[-1]], suffix
    return None, ""


def _describe_allowed(field: dict[str, Any]) -> str:
    """What a value may be, in words."""
    if "anyOf" in field:
        *options, last = dict.fromkeys(_describe_allowed(option) for option in field["anyOf"])
        return f"{'; '.join(options)}; or {last}"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "$ref" in field:
        return "mappings, see below"
    match field.get("type"):
        case "array":
            return f"list{' (not empty)' if field.get('minItems') else ''} of: {_describe_allowed(field['items'])}"
        case "object":
            return f"names, each with: {_describe_allowed(field['additionalProperties'])}"
        case "boolean":
            return "`true`, `false`"
        case "null":
            return "`null`"
        case "integer" | "number" as kind:
            return f"{'whole number' if kind == 'integer' else 'number'}{_describe_range(field)}"
        case _:
            return {"any": "any value", "date": "date", "uri": "URL", "arxiv-category": "arXiv category"}.get(
                field.get("format", ""), "text"
            )


def _describe_range(field: dict[str, Any]) -> str:
    least, most = field.get("minimum"), field.get("maximum")
    if least is not None and most is not None:
        return f", {least:,} to {most:,}"
    if least is not None:
        return f", {least:,} or more"
    return f", above {field['exclusiveMinimum']:,}" if "exclusiveMinimum" in field else ""


def _format_default(default: Any) -> str:
    """A default as it would be written in the file."""
    if isinstance(default, list):
        names = [item["name"] if isinstance(item, dict) else str(item) for item in default]
        return f"`[{', '.join(names)}]`"
    if default == "":
        return "empty"
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _build_environment() -> Iterator[str]:
    rows = [
        (f"DIGEST_{name.upper()}", f"`{field.default}`", field.description or "")
        for name, field in Environment.model_fields.items()
    ]
    yield _table(
        ("variable", "default", "meaning"), [(f"`{name}`", *rest) for name, *rest in (*rows, *_LIBRARY_VARIABLES)]
    )


# Tables


def build_tables_page() -> str:
    """Every table of the warehouse, with its key and its columns."""
    lines = [
        "# Tables",
        _NOTICE,
        "All are in the schema `main` of `digest.duckdb` in the data folder. Copy the file to look into it while days are "
        "made: `duckdb copy.duckdb \"FROM papers WHERE day = '2025-12-05'\"`. A day of a table is replaced in one "
        "transaction: a reader sees the old day or the new one.",
    ]
    with duckdb.connect() as connection:
        weekly = [table for name, table in ASSET_TABLES.items() if name not in DAY_TABLES]
        parts = (("Daily tables", DAY_TABLES.values()), ("Weekly tables", weekly), ("Bookkeeping", BOOKKEEPING_TABLES))
        for heading, tables in parts:
            lines.append(f"## {heading}")
            for table in tables:
                lines += _build_table_section(connection, table)
    return "\n\n".join(lines) + "\n"


def _build_table_section(connection: duckdb.DuckDBPyConnection, table: Table[Any]) -> Iterator[str]:
    create_or_migrate(connection, table)
    types = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table.name}").fetchall()}
    yield f"### `{table.name}`"
    yield f"{table.description} Key: {', '.join(f'`{name}`' for name in table.key)}."
    yield _table(("column", "type", "meaning"), _describe_columns(table.row, types))


def _describe_columns(row: type[BaseModel], types: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for name, field in row.model_fields.items():
        kind = types[name] if not types[name].startswith("STRUCT") else "STRUCT" + "[]" * types[name].endswith("[]")
        empty = " or NULL" if type(None) in get_args(field.annotation) else ""
        yield name, f"{kind}{empty}", field.description or ""
        for inner in _find_models(field.annotation):
            parts = [f"`{part}`: {info.description}" for part, info in inner.model_fields.items() if info.description]
            if parts:
                yield f"{name}.…", "", " ".join(parts)


def _find_models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _find_models(argument)


# Markdown


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    first = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*first, *(f"| {' | '.join(_format_cells(row))} |" for row in rows)])


def _format_cells(row: Sequence[str]) -> Iterator[str]:
    name, *rest = (cell.replace("|", "\\|") for cell in row)
    yield name if name.startswith("`") else f"`{name}`"
    yield from rest
