"""The commands of `tradingbot` about the console in the browser: web and user."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

# As in bots/cli.py, each command imports what it needs.

_workdir = click.option(
    "--workdir",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Where bots run, and web/ keeps what the console knows; here by default.",
)
_name = click.argument("name")
_role = click.Choice(["viewer", "operator"])
_stdin = click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from standard input.")


def _in_file(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which file of users is meant."""
    command = click.option(
        "--file",
        "file",
        type=click.Path(path_type=Path),
        help="Another file of users than WORKDIR/web/users.json, such as one that becomes a Secret.",
    )(command)
    return _workdir(command)


@click.command(short_help="Manage the bots of a folder in the browser.")
@click.option(
    "--configs", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The folder of the documents."
)
@_workdir
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; this machine only by default.")
@click.option("--port", type=click.IntRange(0, 65535), default=5000, show_default=True, help="Its port.")
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="A proxy with TLS stands before it: believe its X-Forwarded-Proto, -For and -Host.",
)
@click.option(
    "--start", "start_wanted", is_flag=True, help="Start the bots that should run and do not, as after a reboot."
)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def web(
    configs: Path, workdir: Path, host: str, port: int, behind_proxy: bool, start_wanted: bool, log_format: str
) -> None:
    """Manage the bots of a folder in the browser, until Ctrl+C; bots that run go on.

    On the first start a one-time password is printed. More people: `tradingbot user add NAME`.
    """
    from bots.commands.web_console import run
    from bots.web.opening import Place

    place = Place(workdir / "web" / "users.json", host, port, behind_proxy, workdir / "web" / "audit.log")
    run(configs, workdir, place, start_wanted=start_wanted, json_log=log_format == "json")


@click.group(short_help="Say who may log in to the console in the browser.")
def user() -> None:
    """Say who may log in to the console in the browser; a console that runs knows at once.

    \b
    tradingbot user add olga --role operator
    tradingbot user list
    tradingbot user add olga --role operator --file users.json   # for a Secret
    """


@user.command(short_help="Let somebody log in.")
@_name
@click.option("--role", type=_role, default="viewer", show_default=True, help="A viewer looks, an operator acts.")
@_stdin
@_in_file
def add(name: str, role: str, from_stdin: bool, workdir: Path, file: Path | None) -> None:
    """Let NAME log in; the password is asked for."""
    from bots.commands import users

    _tell(users.add(users.file_of(workdir, file), name, role, lambda: users.ask_password(from_stdin)))


@user.command(short_help="Let somebody log in no more.")
@_name
@_in_file
def remove(name: str, workdir: Path, file: Path | None) -> None:
    """Let NAME log in no more; sessions of that name end at once."""
    from bots.commands import users

    _tell(users.remove(users.file_of(workdir, file), name))


@user.command(name="list", short_help="Print who may log in.")
@_in_file
def list_users(workdir: Path, file: Path | None) -> None:
    """Print who may log in, and as what."""
    from bots.commands import users

    _tell(users.listed(users.file_of(workdir, file)))


@user.command(short_help="Give somebody another password.")
@_name
@_stdin
@_in_file
def password(name: str, from_stdin: bool, workdir: Path, file: Path | None) -> None:
    """Give NAME another password; sessions of that name end at once."""
    from bots.commands import users

    _tell(users.set_password(users.file_of(workdir, file), name, lambda: users.ask_password(from_stdin)))


@user.command(short_help="Make somebody a viewer or an operator.")
@_name
@click.argument("role", type=_role)
@_in_file
def role(name: str, role: str, workdir: Path, file: Path | None) -> None:
    """Make NAME a viewer or an operator; sessions of that name end at once."""
    from bots.commands import users

    _tell(users.set_role(users.file_of(workdir, file), name, role))


def _tell(told: tuple[list[str], list[str]]) -> None:
    lines, warnings = told
    for line in lines:
        click.echo(line)
    for line in warnings:
        click.echo(f"warning: {line}", err=True)
