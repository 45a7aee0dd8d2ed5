"""Commands of the whole system: run and prepare, check, audit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, get_args

import click

if TYPE_CHECKING:
    from cc_common.operations.checks import Check, Outcome

SUITES: Final = ("timeseries", "rag", "rl")


@click.group(invoke_without_command=True)
@click.pass_context
def run(context: click.Context) -> None:
    """Run the whole system until Ctrl-C.

    Without a subcommand it starts the database, the simulated plant's live feed (unless a plant was imported), alerts,
    baselines, models of machines and the API on http://127.0.0.1:8100, and starts again what ends.

    \b
    Examples:
      python -m cc_common run
      CC_PORT=8200 CC_DATA_DIR=/srv/plant python -m cc_common run
    """
    if context.invoked_subcommand is None:
        _run()


def _run() -> None:
    """Starts every part and supervises it; Ctrl-C and SIGTERM end it with status 0."""
    from contextlib import ExitStack

    from cc_common.core.settings import load_settings
    from cc_common.operations.launcher import Launcher
    from cc_common.operations.terminal import print_line, stop_on_signals

    try:
        with ExitStack() as running:
            launcher = Launcher(load_settings(), running)
            stop_on_signals(launcher.kill)
            launcher.start()
            launcher.supervise()
    except KeyboardInterrupt:
        print_line("stopped")


@run.command()
def prepare() -> int:
    """Bring database, plant and model up to date, and end.

    It does what must be done once before parts that are started one by one: migrations, the simulated plant's
    history, the starter model. The status is 1 when there is no model to serve.

    \b
    Example:
      python -m cc_common run prepare
    """
    from cc_common.core.settings import load_settings
    from cc_common.operations.preparation import check_data_dir
    from cc_common.operations.preparation import prepare as bring_up_to_date

    settings = load_settings()
    check_data_dir(settings.data_dir)
    return 0 if bring_up_to_date(settings).has_model else 1


@click.command()
@click.argument("suite", type=click.Choice((*SUITES, "all")))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.option("--seed", type=int, default=1, help="Another seed looks at other machines.")
def check(suite: str, as_json: bool, seed: int) -> int:
    """Check the running system.

    Each check is one PASS or FAIL line with its latency. SUITE is timeseries (store, roll-ups, figures), rag (contexts
    and their figures), rl (data for learning) or all. The status is 0 only when all checks pass.

    \b
    Examples:
      python -m cc_common check all
      python -m cc_common check timeseries --json
    """
    import json

    found: list[Outcome] = []
    for outcome in _outcomes(_selected(suite), seed):
        found.append(outcome)
        if not as_json:
            click.echo(outcome.line)
    passed = sum(outcome.passed for outcome in found)
    if as_json:
        checks = [asdict(outcome) for outcome in found]
        click.echo(json.dumps({"passed": passed == len(found), "checks": checks}, indent=1))
    else:
        click.echo(f"{passed} of {len(found)} checks passed")
    return 0 if passed == len(found) else 1


def _selected(suite: str) -> list[Check]:
    from cc_common.operations import provider_checks, timeseries_checks

    suites = dict(
        zip(SUITES, (timeseries_checks.SUITE, provider_checks.RAG_SUITE, provider_checks.RL_SUITE), strict=True)
    )
    return [each for name in SUITES if suite in (name, "all") for each in suites[name]]


def _outcomes(checks: list[Check], seed: int) -> Iterator[Outcome]:
    from cc_common.core.errors import CommandCenterError
    from cc_common.core.settings import load_settings
    from cc_common.db import open_databases
    from cc_common.operations.checks import Outcome, Subject, run

    try:
        with open_databases(load_settings()) as databases:
            yield from run(checks, Subject(databases=databases, seed=seed))
    except CommandCenterError as exc:
        yield Outcome(name="databases", passed=False, ms=0.0, detail=" ".join(str(exc).split()))


@click.command()
@click.option("--action", metavar="ACTION", help='Only this action, such as "rated" or "rolled back".')
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="The newest so many.")
def audit(action: str | None, limit: int) -> None:
    """Show the audit log, newest first.

    It lists who rated, acknowledged, shelved, cleared, or changed the served model.

    \b
    Examples:
      python -m cc_common audit
      python -m cc_common audit --action activated --limit 100
    """
    from cc_common.core.settings import load_settings
    from cc_common.core.windows import iso
    from cc_common.db import migrate, open_databases
    from cc_common.operations.status import Action, find_entries

    chosen = next((known for known in get_args(Action) if known == action), None)
    if action and chosen is None:
        raise click.BadParameter(f"{action!r} is none of {', '.join(get_args(Action))}.", param_hint="--action")
    with open_databases(load_settings()) as databases:
        migrate(databases.app, "app")
        page = find_entries(databases.app, action=chosen, limit=limit)
    for entry in page.items:
        click.echo(f"{iso(entry.at)}  {entry.action:<12} {entry.role:<9} {entry.who or '-':<16} {entry.subject}")
    click.echo(f"{len(page.items)} of {page.total} entries")
