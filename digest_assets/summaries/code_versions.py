"""Code versions of the summaries' assets, by what they are made with: a changed prompt shows as stale in Dagster.

They are no part of the keys of the LLM cache: those hash the prompt and the schema themselves (`LLMRequest.key`).
"""

import hashlib
import json

from digest_assets.config.fields import FormatName
from digest_assets.summaries.overview import Overview
from digest_assets.summaries.prompts import PROMPTS
from digest_assets.summaries.schemas import SCHEMAS

RULES_VERSION = (
    8  # raise it when extraction, sanitizing, evidence or the tracing of numbers changes what a summary says
)

_STYLE = [PROMPTS.hash_template(name) for name in ("_style", "_citations")]


def _compute_report_version(report: FormatName) -> str:
    """Hash of a schema and its prompt."""
    return _hash(SCHEMAS[report].model_json_schema(), PROMPTS.hash_template(report))


def compute_summaries_version() -> str:
    """The version of all reports together."""
    return _hash(
        RULES_VERSION,
        [_compute_report_version(report) for report in SCHEMAS],
        PROMPTS.hash_template("notes"),
        PROMPTS.hash_template("custom"),
        _STYLE,
    )


def compute_overview_version() -> str:
    """The version of the day's overview."""
    return _hash(RULES_VERSION, Overview.model_json_schema(), PROMPTS.hash_template("overview"), _STYLE)


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
