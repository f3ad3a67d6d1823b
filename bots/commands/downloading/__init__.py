"""The command `tradingbot download`: a venue's past bars into a file that `backtest` and `replay` read."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from adapters.bars_writer import SUFFIXES
from bots.commands.downloading.continuing import span_of
from bots.commands.downloading.paging import Patience
from bots.commands.downloading.part_file import PartFile, part_of
from bots.commands.downloading.whole import Download, Job
from bots.commands.venues import Wanted, open_wanted
from strategies.errors import BarsFileError, VenueLostError, VenueRefusedError

_INTERRUPTED = 130


def download(wanted: Wanted, begin: str, end: str | None, out: Path | None, patience: Patience) -> int:
    """Download bars into a file, go on with what an earlier run left, and tell what is there; return an exit status.

    Raises
    ------
    BarsFileError
        If dates or file cannot be used.
    VenueLostError, VenueRefusedError
        If the venue stays away, or refuses.
    """
    source = open_wanted(wanted)
    now = datetime.now(UTC)
    job = Job(
        wanted,
        _moment("--from", begin),
        min(now, _moment("--to", end)) if end else now,
        out or Path(f"{wanted.symbol}-{wanted.interval}.csv"),
        patience,
    )
    if job.begin >= job.end:
        raise BarsFileError(f"--from {begin} does not lie before --to {end or 'now'}; swap them or leave --to out")
    if job.out.suffix.lower() not in SUFFIXES:
        raise BarsFileError(f"{job.out}: a file of bars must end in {' or '.join(SUFFIXES)}")
    with part_of(job.out) as part:
        try:
            lines = asyncio.run(Download(job, source, part).run())
        except KeyboardInterrupt:
            click.echo(f"stopped; {_kept(part)}", err=True)
            return _INTERRUPTED
        except VenueLostError as error:
            raise VenueLostError(f"{error}; {_kept(part)}") from error
        except VenueRefusedError as error:
            raise VenueRefusedError(str(error) if part.is_empty else f"{error}; {_kept(part)}") from error
    for line in lines:
        click.echo(line)
    return 0


def _kept(part: PartFile) -> str:
    """Say where a broken download can be gone on with."""
    span = span_of(part.bars())
    if span is None:
        return "nothing was downloaded yet, the same command begins again"
    return (
        f"{span.count:,} bars up to {span.last.time:%Y-%m-%d %H:%M} are kept in {part.path}, "
        "the same command goes on there"
    )


def _moment(option: str, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BarsFileError(f"{option} {text!r} is no date; write it like 2024-01-31 or 2024-01-31T13:00") from None
    if time.year < 1970:
        raise BarsFileError(f"{option} {text} lies before 1970; no venue here has such bars")
    return time
