"""The small Dagster project of the automation tests, for the commands that look at runs."""

from digest_assets_tests.automation.conftest import defs, instance, trouble

__all__ = ["defs", "instance", "trouble"]
