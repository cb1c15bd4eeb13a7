"""What can be said of `deploy/` without a container engine: its files fit each other, the code and their schemas."""

import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from digest_assets.cli.app import app
from digest_assets.cli.docs import build_settings_page
from digest_assets.config.settings import Config, load_config
from digest_assets.orchestration.table_asset import RATE_LIMITED_QUEUE
from digest_assets_tests.deploy.machines import DEPLOY, PROJECT, compose
from digest_assets_tests.warehouse.postgres import PASSWORD, Postgres, running

OURS = ("code", "webserver", "daemon", "worker", "worker-paced")
FILES = sorted(path for path in DEPLOY.rglob("*.yaml"))


def loaded(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_file_is_yaml(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict)


# Compose


def test_the_compose_file_fits_the_schema_of_the_compose_specification() -> None:
    check = str(Path(sys.executable).parent / "check-jsonschema")
    command = [check, "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_that_another_waits_for_can_say_that_it_is_ready() -> None:
    services = compose()["services"]
    for name, service in services.items():
        for other, condition in service.get("depends_on", {}).items():
            assert other in services, name
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in services[other], other


def test_every_file_and_volume_that_is_mounted_exists() -> None:
    services, volumes = compose()["services"], compose()["volumes"]
    for service in services.values():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert source in volumes or (DEPLOY / source).is_file(), mount


@pytest.mark.parametrize("service", OURS)
def test_every_command_is_one_that_its_program_knows(service: str) -> None:
    program, *words = compose()["services"][service]["command"]
    options = [word for word in words[: words.index("--") if "--" in words else None] if word.startswith("--")]
    path = words[: words.index(options[0])]
    for option in options:
        assert re.search(rf"{option}\b", _get_help(program, *path)), option


@cache
def _get_help(program: str, *path: str) -> str:
    """Of two services with the same command it is asked once."""
    command = [str(Path(sys.executable).parent / program), *path, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_image_starts_the_code_location_by_default() -> None:
    command = re.search(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.M)
    assert command is not None
    assert yaml.safe_load(command[1]) == compose()["services"]["code"]["command"]


def test_one_container_serves_the_queue_of_what_asks_the_outside() -> None:
    services = compose()["services"]
    serving = {name: _queues(service) for name, service in services.items() if "dagster-celery" in str(service)}
    assert [name for name, queues in serving.items() if RATE_LIMITED_QUEUE in queues] == ["worker-paced"]
    assert services["worker-paced"]["deploy"]["replicas"] == 1
    assert set().union(*serving.values()) == {RATE_LIMITED_QUEUE, "dagster"}


def _queues(service: dict[str, Any]) -> set[str]:
    words = service["command"]
    return {value for option, value in itertools.pairwise(words) if option == "--queue"}


def test_only_the_web_server_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in compose()["services"].items() if "ports" in service}
    assert list(published) == ["webserver"]
    assert all(port.startswith("127.0.0.1:") for port in published["webserver"])


def test_every_service_is_pinned_limited_and_not_root_and_can_be_asked_how_it_is() -> None:
    for name, service in compose()["services"].items():
        assert re.search(r":\d+[.\d]+", service["image"]), name
        assert int(service["user"].split(":")[0]) > 0, name
        assert {"mem_limit", "pids_limit", "healthcheck"} <= service.keys(), name
        assert service["cap_drop"] == ["ALL"], name
    assert "DIGEST_UI_PASSWORD" in compose()["services"]["webserver"]["environment"]


def test_the_digests_of_the_images_are_filled_in_beside_their_tags(tmp_path: Path) -> None:
    for name in ("compose.yaml", "Dockerfile", "pin-images.sh"):
        shutil.copy(DEPLOY / name, tmp_path / name)
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\necho sha256:{'0' * 64}\n")
    docker.chmod(0o755)
    for _ in range(2):  # again changes nothing
        variables = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        subprocess.run([tmp_path / "pin-images.sh"], env=variables, check=True, capture_output=True)
        services = yaml.safe_load((tmp_path / "compose.yaml").read_text("utf-8"))["services"]
        images = {service["image"] for service in services.values()} - {"digest-assets:0.1.0"}
        assert len(images) == 3
        assert all(re.fullmatch(rf"[^@]+:[^@]+@sha256:{'0' * 64}", image) for image in images)
        assert len(re.findall(rf"^FROM \S+@sha256:{'0' * 64}", (tmp_path / "Dockerfile").read_text("utf-8"), re.M)) == 2


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path, unit: Path) -> None:
    program = shutil.which("systemd-analyze") or pytest.skip("there is no systemd-analyze")
    here = unit.read_text("utf-8").replace("/opt/digest/.venv/bin/python", sys.executable)
    (tmp_path / unit.name).write_text(here, "utf-8")
    done = subprocess.run([program, "verify", tmp_path / unit.name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    command = re.search(r"^ExecStart=\S+ -m digest_assets.cli (\w+)", here, re.M)
    assert command is not None
    assert command[1] in {name.name for name in app.registered_commands}


# Variables and secrets


def test_every_variable_of_our_services_is_one_that_the_reference_knows() -> None:
    known = set(re.findall(r"`([A-Z][A-Z_]+)`", build_settings_page().split("## Environment")[1]))
    image = re.search(r"^ENV (.*?)\nUSER", (DEPLOY / "Dockerfile").read_text("utf-8"), re.M | re.S)
    assert image is not None
    set_by_image = {word.split("=")[0] for word in image[1].replace("\\\n", " ").split()} - {"PATH", "PYTHONUNBUFFERED"}
    in_cluster = {variable["name"] for variable in _deployment()["env"]}
    for service in OURS:
        assert compose()["services"][service]["environment"].keys() <= known
    assert set_by_image | in_cluster <= known
    assert set(re.findall(r"env: (\w+)", (DEPLOY / "dagster.yaml").read_text("utf-8"))) <= known


def test_every_secret_is_taken_from_the_environment() -> None:
    found = [(name, value) for path in FILES for name, value in _leaves(yaml.safe_load(path.read_text("utf-8")))]
    secrets = [
        (name, value) for name, value in found if re.search(r"(?i)password|secret_|token|api_key|auth|celery_", name)
    ]
    assert len(secrets) > 10
    for name, value in secrets:
        assert "${" in value, name


def _leaves(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The texts of a file with the keys that they stand under."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, str(key))
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value, "")
    elif isinstance(node, str):
        yield name, node


def test_every_secret_that_compose_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    example = dict(
        line.split("=", 1)
        for line in (DEPLOY / ".env.example").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
    assert asked == example.keys()
    assert set(example.values()) == {""}


# Settings


def test_the_settings_are_valid_and_those_of_the_cluster_differ_in_the_executor_alone() -> None:
    here, cluster = load_config(DEPLOY / "digest.yaml"), load_config(DEPLOY / "helm" / "digest.yaml")
    assert here.executor == "celery"
    assert here.model_copy(update={"executor": Config().executor}) == cluster


def test_the_bucket_that_is_made_is_the_one_of_the_settings() -> None:
    bucket = str(loaded("digest.yaml")["database_files"]).split("/")[2]
    assert f"s3.bucket.create -name {bucket}" in compose()["services"]["bucket"]["command"][0]


def test_the_instance_is_that_of_one_machine_but_for_its_storage() -> None:
    many, one = loaded("dagster.yaml"), yaml.safe_load((PROJECT / "dagster.yaml").read_text("utf-8"))
    differ = {key for key in many.keys() | one.keys() if many.get(key) != one.get(key)}
    assert differ <= {"storage", "code_servers"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("dagster_postgres", reason="the extra many-machines is not installed")
    with running() as server:
        yield server


@pytest.mark.long
def test_dagster_keeps_its_runs_in_postgresql(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.make_database("dagster")
    given = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "digest", "PGPASSWORD": PASSWORD}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text("utf-8"), "utf-8")

    @dg.asset
    def one() -> int:
        return 1

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert dg.materialize([one], instance=instance).success
    with dg.DagsterInstance.from_config(str(tmp_path)) as again:
        assert [run.status for run in again.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
        assert again.get_latest_materialization_event(dg.AssetKey("one")) is not None
    assert list(tmp_path.rglob("*.db")) == []


# Helm


def _deployment() -> dict[str, Any]:
    deployment: dict[str, Any] = loaded("helm/values.yaml")["dagster-user-deployments"]["deployments"][0]
    return deployment


def test_the_clusters_run_pods_get_what_the_code_location_gets() -> None:
    deployment = _deployment()
    assert deployment["includeConfigInLaunchedRuns"] == {"enabled": True}
    variables = {variable["name"]: variable for variable in deployment["env"]}
    folders = {mount["name"]: mount["mountPath"] for mount in deployment["volumeMounts"]}
    assert folders.keys() == {volume["name"] for volume in deployment["volumes"]}
    assert variables["DIGEST_DATA_DIR"]["value"] == folders["data"]
    assert variables["DIGEST_CONFIG"]["value"] == f"{folders['settings']}/digest.yaml"


def test_the_cluster_finds_one_postgresql_by_one_secret() -> None:
    values = loaded("helm/values.yaml")
    variables = {variable["name"]: variable for variable in _deployment()["env"]}
    server = values["postgresql"]
    assert (server["postgresqlHost"], server["postgresqlUsername"], str(server["service"]["port"])) == tuple(
        variables[name]["value"] for name in ("PGHOST", "PGUSER", "PGPORT")
    )
    reference = variables["PGPASSWORD"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": values["global"]["postgresqlSecretName"], "key": "postgresql-password"}
    assert "postgresqlPassword" not in server


def test_the_clusters_pods_are_ones_that_dagsters_launcher_takes() -> None:
    kubernetes = pytest.importorskip("dagster_k8s", reason="the extra kubernetes is not installed")
    deployment = _deployment()
    raw = {
        "env_vars": [],
        "env": deployment["env"],
        "env_secrets": [secret["name"] for secret in deployment["envSecrets"]],
        "volumes": deployment["volumes"],
        "volume_mounts": deployment["volumeMounts"],
        "resources": deployment["resources"],
    }
    context = kubernetes.container_context.K8sContainerContext.create_from_config({"k8s": raw})
    assert context.run_k8s_config.container_config["env_from"] == [{"secret_ref": {"name": "digest-secrets"}}]
    with pytest.raises(dg.DagsterInvalidConfigError):
        kubernetes.container_context.K8sContainerContext.create_from_config({"k8s": {**raw, "volume": []}})
