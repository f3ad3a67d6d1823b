"""How a document is run; nothing of it changes what is traded."""

import os
from dataclasses import dataclass, field
from pathlib import Path


def _token_file() -> Path | None:
    named = os.environ.get("TRADINGBOT_TOKEN_FILE")
    return Path(named) if named else None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Where a bot runs and how it is seen.

    Parameters
    ----------
    workdir : Path
        Where logs/ and journal/ are made.
    name : str, optional
        The bot's name; by default that of the document's file.
    host, port : str and int, optional
        Where it serves HTTP; without a port the first free one from 8080 on.
    journal_url : str, optional
        A database instead of the SQLite file.
    debug : bool
        Whether everything is told, Nautilus' own words included.
    json_console : bool
        Whether standard output is one JSON object a line.
    close_positions : bool
        Whether positions are closed when the bot is stopped.
    token_file : Path, optional
        Holds the token with which changes are taken over HTTP; by default what TRADINGBOT_TOKEN_FILE names.
    """

    workdir: Path = field(default_factory=Path)
    name: str | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    journal_url: str | None = None
    debug: bool = False
    json_console: bool = False
    close_positions: bool = False
    token_file: Path | None = field(default_factory=_token_file)
