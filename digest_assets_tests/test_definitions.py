"""The table of contents: it loads, and what it lists reads well in the UI."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from digest_assets.config.settings import Settings
from digest_assets.definitions import build_definitions
from digest_assets.tables import ASSET_TABLES, DAY_TABLES

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def definitions(settings: Settings) -> dg.Definitions:
    return build_definitions(settings)


def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_every_definition_can_be_resolved(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_both_modules_load_in_a_fresh_interpreter_without_a_key(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    environment["DIGEST_DATA_DIR"] = str(tmp_path)
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error::DeprecationWarning:digest_assets",
            "-c",
            "import digest_assets.definitions, digest_assets.code_location",
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []  # loading writes nothing


def test_the_daily_assets_are_the_tables_and_the_exported_files_beside_the_week(definitions: dg.Definitions) -> None:
    by_partitions: dict[str, set[str]] = {}
    for name, spec in specs(definitions).items():
        if spec.partitions_def is not None:
            by_partitions.setdefault(type(spec.partitions_def).__name__, set()).add(name)
    assert by_partitions == {
        "DailyPartitionsDefinition": {*DAY_TABLES, "exports"},
        "WeeklyPartitionsDefinition": {"weekly"},
    }


def test_every_asset_says_what_it_is(definitions: dg.Definitions) -> None:
    for name, spec in specs(definitions).items():
        assert spec.description, name
        assert spec.group_name != "default", name
        assert spec.owners, name
        assert spec.kinds, name


def test_the_groups_are_the_stages_of_the_design(definitions: dg.Definitions) -> None:
    assert {spec.group_name for spec in specs(definitions).values()} == {
        "sources",
        "papers",
        "texts",
        "summaries",
        "reports",
        "weekly",
        "site",
    }


def test_every_check_says_what_to_do_when_it_is_red(definitions: dg.Definitions) -> None:
    checks = definitions.resolve_asset_graph().asset_check_keys
    assert checks
    for key in checks:
        spec = definitions.resolve_asset_graph().get_check_spec(key)
        assert spec.description, key
        assert len(spec.description) > 40, key


def test_every_job_schedule_and_sensor_says_what_it_does(definitions: dg.Definitions) -> None:
    for job in definitions.jobs or ():
        assert job.description, job.name
    for schedule in definitions.schedules or ():
        assert getattr(schedule, "description", None), schedule
    for sensor in definitions.sensors or ():
        assert sensor.description, sensor.name


def test_the_daily_job_holds_every_daily_asset_and_not_what_is_of_all_days(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("daily_digest")
    assert {key.to_user_string() for key in job.asset_layer.selected_asset_keys} == {*DAY_TABLES, "exports"}


def test_a_range_from_the_command_line_goes_in_a_single_run() -> None:
    from digest_assets.code_location import code_location
    from digest_assets.definitions import defs

    assert specs(defs)["papers"].partitions_def == specs(code_location)["papers"].partitions_def
    assert defs.resolve_asset_graph().get(dg.AssetKey("papers")).backfill_policy == dg.BackfillPolicy.single_run()
    assert code_location.resolve_asset_graph().get(dg.AssetKey("papers")).backfill_policy is None


def test_every_job_of_the_ui_and_of_the_command_line_can_be_run() -> None:
    from digest_assets.code_location import code_location
    from digest_assets.definitions import defs

    names = [{job.name for job in one.get_repository_def().get_all_jobs()} for one in (code_location, defs)]
    assert names[0] == names[1]
    assert names[0] >= {"daily_digest", "rebuild_papers", "weekly_digest", "publish", "standing_checks"}


def test_every_asset_has_a_code_version_and_a_link_to_its_code(definitions: dg.Definitions) -> None:
    for name, spec in specs(definitions).items():
        assert spec.code_version, name
        references = spec.metadata["dagster/code_references"]
        assert isinstance(references, dg.CodeReferencesMetadataValue), name
        (reference,) = references.code_references
        assert isinstance(reference, dg.LocalFileCodeReference), name
        lines = Path(reference.file_path).read_text("utf-8").splitlines()
        function = next(line for line in lines[(reference.line_number or 1) - 1 :] if line.startswith("def "))
        assert function.startswith(f"def {name}("), name


def test_what_is_of_all_days_says_when_it_is_late(definitions: dg.Definitions) -> None:
    fresh = {name for name, spec in specs(definitions).items() if spec.freshness_policy is not None}
    assert fresh == {"site", "feeds"}


def test_every_check_of_a_daily_asset_has_a_result_for_each_day(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    without = {
        key.name
        for key in graph.asset_check_keys
        if graph.get(key.asset_key).partitions_def is not None and graph.get_check_spec(key).partitions_def is None
    }
    assert without == {"api_key_present"}  # of the present, not of a day


@pytest.mark.long
@pytest.mark.parametrize("command", [["check", "defs"], ["list", "defs", "--json"]])
def test_dagsters_command_line_finds_the_definitions(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n", "utf-8")
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path), "DIGEST_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [Path(sys.executable).with_name("dg"), *command],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if "--json" in command:
        found = json.loads(done.stdout)
        assert {asset["asset_key"] for asset in found["assets"]} >= {
            *ASSET_TABLES,
            "exports",
            "site",
            "feeds",
            "deliveries",
        }


def test_what_has_an_automation_condition_is_watched_from_the_start(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    conditions = [one for one in repository.sensor_defs if isinstance(one, dg.AutomationConditionSensorDefinition)]
    assert {sensor.default_status for sensor in conditions} == {dg.DefaultSensorStatus.RUNNING}
    assert {sensor.name for sensor in conditions} == {"publish_new_reports", "library_changes"}
