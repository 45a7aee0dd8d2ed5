"""Commands of Airflow, which runs the nights: airflow and nightly."""

from __future__ import annotations

import json
from typing import Any

import click

from cc_common.operations.commands import INTERRUPTED


class JsonObject(click.ParamType[str]):
    """A JSON object, passed on as text."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Returns the text; wrong usage when it is no JSON object."""
        try:
            found = json.loads(value)
        except json.JSONDecodeError as exc:
            self.fail(f"{value!r} is no JSON: {exc}. Write it as '{{\"force\": true}}'", param, ctx)
        if not isinstance(found, dict):
            self.fail(f"{value!r} is no JSON object. Write it as '{{\"force\": true}}'", param, ctx)
        return str(value)


@click.group(invoke_without_command=True)
@click.pass_context
def airflow(context: click.Context) -> None:
    """Run Airflow, which runs the nights.

    Without a subcommand it is `airflow start`. Its metadata are in the embedded PostgreSQL, which it joins, or in
    CC_AIRFLOW_DSN.

    \b
    Example:
      python -m cc_common airflow
    """
    if context.invoked_subcommand is None:
        _start()


@airflow.command()
def start() -> None:
    """Run Airflow's parts on loopback until Ctrl-C.

    The parts are the scheduler, the DAG processor and the UI, which listens on CC_AIRFLOW_PORT and whose login is
    printed. A part that ends is started again.

    \b
    Example:
      CC_AIRFLOW_PORT=8081 python -m cc_common airflow start
    """
    _start()


def _start() -> None:
    from cc_common.core.settings import load_settings
    from cc_common.operations.airflow_processes import prepared, serve
    from cc_common.operations.terminal import print_line

    settings = load_settings()
    try:
        with prepared(settings):
            serve(settings)
    except KeyboardInterrupt:
        print_line("stopped")


@airflow.command()
def prepare() -> None:
    """Bring Airflow's database up to date, and end.

    It also makes the pool that lets one training run at a time; for parts that are started one by one.

    \b
    Example:
      python -m cc_common airflow prepare
    """
    from cc_common.core.settings import load_settings
    from cc_common.operations.airflow_processes import prepared

    with prepared(load_settings()):
        pass


@airflow.command(
    "exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}, no_args_is_help=True
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...")
def execute_airflow(words: tuple[str, ...]) -> None:
    """Run a command of Airflow in place of this process.

    It has this system's settings, and needs CC_AIRFLOW_DSN: the embedded server ends with the process that started it.

    \b
    Examples:
      python -m cc_common airflow exec scheduler
      python -m cc_common airflow exec dags list
    """
    from cc_common.core.settings import load_settings
    from cc_common.operations.airflow_processes import become

    become(load_settings(), words)


@click.command()
@click.option("--conf", type=JsonObject(), default="{}", help="The night's parameters: minutes, start, end, ...")
def nightly(conf: str) -> int:
    """Run one nightly training now.

    Airflow runs it without its scheduler: pairs, ranker, training, gate, publishing. The status is 0 when the night
    succeeds, also when it is skipped for want of ratings.

    \b
    Examples:
      python -m cc_common nightly
      python -m cc_common nightly --conf '{"force": true, "minutes": 5}'
    """
    from cc_common.core.settings import load_settings
    from cc_common.operations.airflow_processes import prepared, run_night
    from cc_common.operations.terminal import print_line

    try:
        with prepared(load_settings()):
            return run_night(conf)
    except KeyboardInterrupt:
        print_line("stopped")
        return INTERRUPTED
