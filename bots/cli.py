"""The command `tradingbot`."""

import gc
import json
import sys
from pathlib import Path
from typing import Any

import click

from bots.data_cli import check, download, feed
from bots.early import leave_when_told
from bots.sweep_cli import sweep
from bots.trading.halts import HaltMode
from bots.version import VERSION
from bots.web_cli import user, web
from strategies.errors import TradingBotError

# Nautilus takes a second to import: commands that do not trade must not wait for it, so each imports what it needs.

_document = click.argument("file", type=click.Path(path_type=Path))
_workdir = click.option(
    "--workdir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where logs/ and journal/ are made; here by default.",
)
_journal = click.option(
    "--journal",
    "journal_url",
    envvar="TRADINGBOT_JOURNAL_URL",
    help="A database instead of the SQLite file, such as postgresql+psycopg://user@host/name.",
)
_name = click.option("--name", envvar="TRADINGBOT_NAME", help="The bot's name; that of the document's file by default.")


class _Group(click.Group):
    """Tells the project's own errors in their own words, on standard error, with their exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except TradingBotError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="tradingbot")
def main() -> None:
    """Trading bots on NautilusTrader: one JSON document, one bot.

    Begin with `tradingbot validate 0001.json`, then `tradingbot run 0001.json`. The default broker is a paper one.
    """


@main.command(short_help="Trade as FILE says, until Ctrl+C.")
@_document
@_workdir
@_name
@_journal
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to serve status, metrics and probes.")
@click.option("--port", type=click.IntRange(0, 65535), help="Its port; the first free one from 8080 on by default.")
@click.option(
    "--close-positions", is_flag=True, help="When stopped, close all positions first instead of keeping them."
)
@click.option("--fresh", is_flag=True, help="Forget an earlier paper run of this bot. Refused for live bots.")
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--debug", is_flag=True, help="Tell everything, Nautilus' own words included.")
def run(
    file: Path,
    workdir: Path,
    name: str | None,
    journal_url: str | None,
    host: str,
    port: int | None,
    close_positions: bool,
    fresh: bool,
    log_format: str,
    debug: bool,
) -> None:
    """Trade as FILE says, until Ctrl+C; positions are kept for the next run."""
    # A container's first process is deaf to a signal that it does not take, and the bot takes it seconds from here.
    leave_when_told()
    from bots.running.lean import as_if_absent

    # Nautilus draws with it where it is installed: 6 MB, and a tenth of a second, for what a bot never does.
    with as_if_absent("plotly"):
        from bots.bot import LiveTradingBot
        from bots.running.options import RunOptions

    options = RunOptions(workdir, name, host, port, journal_url, debug, log_format == "json", close_positions)
    bot = LiveTradingBot(file, options)
    for warning in bot.document.warnings():
        click.echo(f"warning: {file}: {warning.place}: {warning.message}", err=True)
    if fresh:
        bot.forget()
    code = bot.run()
    for line in bot.finished():
        if log_format == "text":
            click.echo(line)
    sys.exit(code)


@main.command(short_help="Check documents and tell every fault.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--build", is_flag=True, help="Also build every component, without trading, and say what it would do.")
def validate(files: tuple[Path, ...], build: bool) -> None:
    """Check documents; every fault is told, with its place and what would be right."""
    from bots.commands.validate import check_files

    checked = check_files(files)
    # Like any linter's, its findings are its output.
    for line in checked.faults:
        click.echo(line)
    for line in checked.warnings:
        click.echo(f"warning: {line}", err=True)
    failed = False
    for path, document in checked.documents:
        if not build:
            click.echo(f"{path}: good")
            continue
        from bots.commands.building import describe_build

        try:
            click.echo("\n".join(describe_build(path, document)))
        except TradingBotError as error:
            failed = True
            click.echo(f"{path}: cannot be built: {error}")
    sys.exit(1 if failed else checked.exit_code)


@main.command(short_help="Print the schema of the document.")
@click.option("--crd", is_flag=True, help="The definition of the resource TradingBot instead, for kubectl apply.")
def schema(crd: bool) -> None:
    """Print the JSON Schema of the document, or the CustomResourceDefinition of Kubernetes that holds it."""
    if crd:
        from bots.resource.crd import crd_yaml

        click.echo(crd_yaml(), nl=False)
        return
    from bots.config import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


@main.command(short_help="Print FILE as a resource of Kubernetes.")
@_document
@click.option("--name", help="The bot's name; made of the file's by default: 0001.json is bot-0001.")
@click.option("--namespace", help="Where the bot shall be; kubectl's choice by default.")
@click.option("--secret", help="The Secret whose keys become the bot's environment.")
@click.option("--image", help="The bot's image; the operator's choice by default.")
def manifest(file: Path, name: str | None, namespace: str | None, secret: str | None, image: str | None) -> None:
    """Print FILE as the manifest of a TradingBot: `tradingbot manifest 0001.json | kubectl apply -f -`."""
    from bots.resource.manifest import manifest as make

    made = make(file, name, namespace, secret, image)
    for warning in made.warnings:
        click.echo(f"warning: {file}: {warning}", err=True)
    click.echo(made.text, nl=False)


@main.command(short_help="Trade past bars as FILE says, and write a report.")
@_document
@click.option("--bars", type=click.Path(path_type=Path), help="CSV or Parquet file of bars; data.file by default.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the results.")
def backtest(file: Path, bars: Path | None, out: Path) -> None:
    """Trade past bars as FILE says; writes trades.json, equity.csv, summary.json and report.html."""
    from bots.commands.backtesting import backtest_document

    # One shot: what a collector would find goes with the process, and looking for it costs a tenth of the time.
    gc.disable()
    for line in backtest_document(file, bars, out):
        click.echo(line)


@main.command(short_help="Say how a bot is.")
@click.argument("target", metavar="FILE|URL", default="http://127.0.0.1:8080")
@_workdir
@_name
@_journal
@click.option("--json", "as_json", is_flag=True, help="The whole status as JSON.")
def status(target: str, workdir: Path, name: str | None, journal_url: str | None, as_json: bool) -> None:
    """Say how a bot is: a running one by its address, a document's bot by its journal as well."""
    from bots.commands.asking import ask_status, lines

    told = ask_status(target, workdir, name, journal_url)
    click.echo(json.dumps(told, indent=2) if as_json else "\n".join(lines(told)))


@main.command(short_help="Show all bots at a glance.")
@click.option(
    "--workdir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Whose journal/ names the bots; here by default.",
)
@click.option("--url", "urls", multiple=True, metavar="URL", help="A bot elsewhere; may be given several times.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=2.0,
    show_default=True,
    help="Seconds between two questions to a bot.",
)
@click.option("--once", is_flag=True, help="Print one table and end; so it is, too, where there is no terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print once, as lines of JSON: one bot, one line.")
def top(workdir: Path, urls: tuple[str, ...], interval: float, once: bool, as_json: bool) -> None:
    """Show all bots that have a journal here, running or not, and follow them until q is pressed.

    \b
    tradingbot top --workdir /srv/bots
    tradingbot top --url http://127.0.0.1:8080 --url http://127.0.0.1:8081
    """
    from bots.commands.top import Wanted, is_screen, print_json, print_once, watch

    wanted = Wanted(workdir, urls, interval)
    if as_json:
        print_json(wanted)
    elif once or not is_screen():
        print_once(wanted)
    else:
        watch(wanted)


@main.command(short_help="Stop a bot from making entries.")
@_document
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in HaltMode]),
    default=HaltMode.BLOCK_ENTRIES.value,
    show_default=True,
    help="Keep what it holds and let its exits work on; take back what rests at the venue as well; or sell everything.",
)
@click.option("--reason", default="tradingbot halt", help="Why, for those who will ask.")
@_workdir
@_name
@_journal
def halt(file: Path, mode: str, reason: str, workdir: Path, name: str | None, journal_url: str | None) -> None:
    """Stop a bot from making entries until it is resumed; also while the venue is away, and over restarts."""
    from bots.commands.asking import halt_bot

    click.echo(halt_bot(file, mode, reason, workdir, name, journal_url))


@main.command(short_help="Let a halted bot make entries again.")
@_document
@_workdir
@_name
@_journal
def resume(file: Path, workdir: Path, name: str | None, journal_url: str | None) -> None:
    """Let a halted bot make entries again."""
    from bots.commands.asking import resume_bot

    click.echo(resume_bot(file, workdir, name, journal_url))


@main.command(short_help="Tell people what happens to many bots, and take their commands.")
@click.option("--bot", "bots", multiple=True, metavar="NAME=URL", help="A bot and its address; for each one.")
@click.option("--token-file", type=click.Path(path_type=Path), help="The token of the bots that --bot names.")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="In a cluster: the operator's key; bots are found by their pods, and it gives their tokens.",
)
@click.option("--namespace", "namespaces", multiple=True, help="In a cluster: where to look; everywhere by default.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to serve metrics and probes.")
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="Its port.")
@click.option(
    "--web-port",
    type=click.IntRange(0, 65535),
    help="In a cluster: manage the bots in the browser, too, at this port; then nobody has to be told anything.",
)
@click.option("--web-host", default="127.0.0.1", show_default=True, help="Where the pages are served.")
@click.option(
    "--users",
    type=click.Path(path_type=Path),
    help="The file of those who may log in, made by `tradingbot user`; web/users.json below --workdir by default.",
)
@click.option("--workdir", type=click.Path(path_type=Path), default=Path(), help="Where backtests are kept.")
@click.option("--behind-proxy", is_flag=True, help="A proxy with TLS stands before the pages: believe its headers.")
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def console(
    bots: tuple[str, ...],
    token_file: Path | None,
    key_file: Path | None,
    namespaces: tuple[str, ...],
    host: str,
    port: int,
    web_port: int | None,
    web_host: str,
    users: Path | None,
    workdir: Path,
    behind_proxy: bool,
    log_format: str,
) -> None:
    """Tell people what happens to many bots, and take their commands; who is told, the environment says."""
    from bots.commands.consoling import InBrowser
    from bots.commands.consoling import run as run_console

    web = None
    if web_port is not None:
        web = InBrowser(web_port, web_host, users or workdir / "web" / "users.json", workdir, behind_proxy)
    run_console(namespaces, key_file, bots, token_file, host, port, json_log=log_format == "json", web=web)


@main.command(short_help="Print the script that completes commands.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands: eval "$(tradingbot completion bash)"."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    if made is not None:
        click.echo(made(main, {}, "tradingbot", "_TRADINGBOT_COMPLETE").source())


for _command in (feed, check, download, sweep, web, user):
    main.add_command(_command)

if __name__ == "__main__":
    main()
