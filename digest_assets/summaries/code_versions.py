"""Revisions of what summaries are made with, for Dagster's code version: a changed prompt shows as stale."""

import hashlib
import json

from digest_assets.config.fields import FORMATS, FormatName
from digest_assets.summaries.overview import Overview
from digest_assets.summaries.prompts import PROMPTS
from digest_assets.summaries.schemas import SCHEMAS

RULES_VERSION = 2  # raise it when extraction, cleaning, evidence or the tracing of figures changes what a summary says


def compute_schema_version(report: FormatName) -> str:
    """Hash of a profile's fields and prompt."""
    return _hash(SCHEMAS[report].model_json_schema(), PROMPTS.hash_template(report))


def compute_summaries_version() -> str:
    """The revision of all profiles together."""
    return _hash(
        RULES_VERSION, [compute_schema_version(report) for report in FORMATS], PROMPTS.hash_template("notes"), PROMPTS.hash_template("own")
    )


def compute_overview_version() -> str:
    """The revision of the day's overview."""
    return _hash(RULES_VERSION, Overview.model_json_schema(), PROMPTS.hash_template("overview"))


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
