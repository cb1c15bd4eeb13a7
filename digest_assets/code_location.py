"""What the UI and the daemons load: the project's definitions, where a range of days becomes one run a day.

The command line's partition ranges (`dagster asset materialize --partition-range`) only work in a single run, and
Dagster keeps that choice with the asset; here it is left open, so that the UI offers both.
"""

from digest_assets.definitions import build_definitions

code_location = build_definitions()
