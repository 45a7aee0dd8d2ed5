"""docker/: everything that compose.yaml and the Dockerfile name exists, is known, and runs here without a container."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator

from cc_common.core.settings import PROJECT, Settings
from cc_common.operations.environment.__main__ import NEWEST, OLDEST
from tests.support.compose import DEFAULTS, FOLDER, REQUIRED, TEXT, VARIABLE, command, document

SERVICES: Final[dict[str, Any]] = document()["services"]
OURS: Final = sorted(name for name, service in SERVICES.items() if "build" in service)
DOCKERFILE: Final = (FOLDER / "Dockerfile").read_text()
INSTRUCTIONS: Final = re.findall(r"^([A-Z]+) (.*)$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
EXAMPLE: Final = (FOLDER / ".env.example").read_text()
SECRET: Final = re.compile("PASSWORD|TOKEN|SECRET")
COPIED: Final = [words.split()[:-1] for name, words in INSTRUCTIONS if name == "COPY" and "--from" not in words]
HELP: Final = {
    " ".join(words[2:6]): words for words in map(command, OURS) if "celery" not in words and words[2:] != ["api"]
}


def _mistakes(read: Any) -> list[str]:
    shape = yaml.safe_load((PROJECT / "tests" / "compose_shape.yaml").read_text())
    Draft202012Validator.check_schema(shape)
    return [f"{found.json_path}: {found.message}" for found in Draft202012Validator(shape).iter_errors(read)]


def test_nothing_in_it_is_misspelt_or_of_another_shape() -> None:
    assert _mistakes(document()) == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("api", {"depends": {}}),
        ("api", {"healthcheck": {"test": "curl localhost", "interval": "5s"}}),
        ("api", {"depends_on": {"prepare": {"condition": "service_ready"}}}),
        ("nginx", {"ports": ["8100:80"]}),
        ("nginx", {"volumes": ["/var/run/docker.sock:/var/run/docker.sock"]}),
        ("redis", {"command": "redis-server"}),
        ("redis", {"environment": ["REDISCLI_AUTH"]}),
        ("feed", {"restart": False}),
    ],
)
def test_a_mistake_in_its_shape_is_seen(name: str, wrong: dict[str, Any]) -> None:
    read = document()
    read["services"][name] |= wrong
    assert _mistakes(read) and all(found.startswith(f"$.services.{name}") for found in _mistakes(read))


def test_secrets_are_asked_for_and_have_no_default() -> None:
    asked = re.findall(r"^([A-Z_]+)=$", EXAMPLE, re.MULTILINE)
    assert sorted(asked) == REQUIRED
    assert not [name for name in DEFAULTS if SECRET.search(name)]
    assert not [found[0] for found in VARIABLE.finditer(TEXT) if not found[2]]


def test_what_may_be_left_out_is_in_the_example_with_its_default() -> None:
    shown = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    assert shown == {name: value for name, value in DEFAULTS.items() if name != "PIP_EXTRA_INDEX_URL"}


@pytest.mark.parametrize("name", SERVICES)
def test_files_and_volumes_of_a_service_exist(name: str) -> None:
    for volume in SERVICES[name].get("volumes", ()):
        source = str(volume).split(":")[0]
        assert (FOLDER / source).exists() if source.startswith(".") else source in document()["volumes"]
    for secret in SERVICES[name].get("secrets", ()):
        assert document()["secrets"][secret]["environment"] in REQUIRED


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_can_come_about(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        kind, awaited = how["condition"], SERVICES[other]
        assert "profiles" not in awaited or awaited["profiles"] == SERVICES[name].get("profiles")
        assert ("healthcheck" in awaited) if kind == "service_healthy" else awaited["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_settings_of_a_service_are_known(name: str) -> None:
    known = {f"CC_{field.upper()}" for field in Settings.model_fields} | _airflows()
    given = SERVICES[name]["environment"]
    assert {variable for variable in given if "__CELERY" not in variable} <= known
    Settings(_env_file=None, **{n[3:].lower(): v for n, v in given.items() if n.startswith("CC_")})  # type: ignore[call-arg]


def _airflows() -> set[str]:
    """The variables of Airflow's own settings; those of its executor are the provider's."""
    package = find_spec("airflow")
    assert package and package.origin
    described = Path(package.origin).parent / "config_templates" / "config.yml"
    sections = yaml.load(described.read_text(), yaml.CSafeLoader)  # a safe one, in C
    return {f"AIRFLOW__{s}__{o}".upper() for s, about in sections.items() for o in about["options"]}


@pytest.fixture(scope="module")
def helped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, subprocess.CompletedProcess[str]]:
    """What each command says to --help; several at a time, for Airflow alone takes seconds to start."""
    dsn = {"CC_AIRFLOW_DSN": "host=nowhere.invalid dbname=cc_airflow"}
    folders = {name: {"CC_DATA_DIR": str(tmp_path_factory.mktemp("helped"))} for name in HELP}

    def said(name: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, *HELP[name][1:], "--help"]
        ours = _environment() | dsn | folders[name]
        return subprocess.run(words, cwd=PROJECT, env=ours, capture_output=True, text=True)

    with ThreadPoolExecutor() as pool:
        return dict(zip(HELP, pool.map(said, HELP), strict=True))


@pytest.mark.parametrize("name", HELP)
def test_a_command_is_one_of_ours(name: str, helped: dict[str, subprocess.CompletedProcess[str]]) -> None:
    done = helped[name]
    assert done.returncode == 0 and "usage:" in done.stdout.lower(), done.stderr


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}


def test_the_rest_of_the_commands_are_the_api_and_airflows_workers() -> None:
    rest = {tuple(command(name)[2:]) for name in OURS} - {tuple(words[2:]) for words in HELP.values()}
    assert rest == {
        ("api",),
        ("cc_common", "airflow", "exec", "celery", "worker"),
    }  # run by the acceptance tests


def test_nginx_and_prometheus_use_the_ports_of_the_api() -> None:
    nginx, port = (FOLDER / "nginx.conf").read_text(), SERVICES["api"]["environment"]["CC_PORT"]
    prometheus = yaml.safe_load((FOLDER / "prometheus" / "prometheus.yml").read_text())
    (job,) = prometheus["scrape_configs"]
    assert f"server api:{port} resolve" in nginx and f"EXPOSE {port}" in DOCKERFILE
    assert job["dns_sd_configs"][0] == {"names": ["api"], "type": "A", "port": port, "refresh_interval": "15s"}
    assert SERVICES["nginx"]["ports"][0].endswith(":80") and "listen 80;" in nginx
    assert [(FOLDER / "prometheus" / rules).exists() for rules in prometheus["rule_files"]] == [True]


def test_only_loopback_is_published() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert published and all(port.startswith("127.0.0.1:") for port in published)


def test_what_is_copied_into_the_image_exists_and_is_let_in() -> None:
    rules = [line for line in (FOLDER / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")]
    for path in (path for paths in COPIED for path in paths):
        assert (PROJECT / path).exists()
        assert any(fnmatch(f"{path}/", f"{rule[1:]}/*") for rule in rules), path


def test_the_environment_is_made_with_no_more_than_was_copied(tmp_path: Path) -> None:
    before, _, _ = DOCKERFILE.partition("RUN python3 -m cc_common.operations.environment")
    for path in (Path(path) for paths in COPIED[: before.count("COPY")] for path in paths):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (PROJECT / path).is_dir() else shutil.copy)(PROJECT / path, tmp_path / path)
    look = "import sys; sys.path.insert(0, '.')\nfrom cc_common.operations.environment import __main__, installation"
    program = [sys.executable, "-I", "-c", f"{look}; print(len(installation.pins()))"]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True)
    assert done.returncode == 0 and int(done.stdout) > 100, done.stderr


def test_stages_begin_with_a_fitting_python_and_end_without_root() -> None:
    bases = re.findall(r"^FROM python:(\d+)\.(\d+)-slim", DOCKERFILE, re.MULTILINE)
    assert bases and all(OLDEST <= (int(major), int(minor)) <= NEWEST for major, minor in bases)
    for target in {SERVICES[name]["build"]["target"] for name in OURS}:
        stage = DOCKERFILE.split(f" AS {target}\n")[1].split("\nFROM")[0]
        assert re.findall(r"^USER (.*)$", stage, re.MULTILINE)[-1] == "command-center"
        (words,) = re.findall(r"^CMD (.*)$", stage, re.MULTILINE)
        assert json.loads(words) in [command(name) for name in OURS]


def test_pins_of_the_executor_add_to_ours_and_change_none() -> None:
    def pins(path: Path) -> dict[str, str]:
        lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
        return dict(line.split("==") for line in lines if line)

    assert not pins(FOLDER / "requirements.txt").keys() & pins(PROJECT / "requirements.txt").keys()
