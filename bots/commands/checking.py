"""The command `tradingbot check`: is everything there that bars and orders from a venue depend on?"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from adapters.feeds import FeedSettings
from adapters.live.source import Finding
from adapters.registry import LIVE_BROKERS, SOURCES, open_broker, open_feed, open_source
from bots.commands.venues import Wanted, open_wanted
from bots.config import load_document
from bots.trading.terms import broker_settings, feed_settings
from strategies.errors import BarsFileError, VenueError

# A stream may be silent for a while on a quiet market; no venue takes longer than this to say something.
_PATIENCE_SECONDS = 60.0
_KEYS = {"binance": ("BINANCE_API_KEY", "BINANCE_API_SECRET")}
"""Without these in the environment nobody means to send orders there."""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was found, each with the part it belongs to, and whether orders were not looked at."""

    about: str
    findings: tuple[tuple[str, Finding], ...]
    skipped: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing fails; what deserves care does not count."""
        return all(mark_of(finding) != "FAIL" for _, finding in self.findings)

    def lines(self) -> list[str]:
        """Return one line a finding, for people."""
        told = [
            f"{mark_of(found):<4}  {part:<6}  {found.what:<12}  {found.detail}{_remedy(found)}"
            for part, found in self.findings
        ]
        return [*told, f"-     {self.skipped}"] if self.skipped else told

    def as_json(self) -> dict[str, Any]:
        """Return the same for machines."""
        findings = [
            {"mark": mark_of(found), "part": part, "what": found.what, "detail": found.detail, "remedy": found.remedy}
            for part, found in self.findings
        ]
        return {"about": self.about, "good": self.good, "findings": findings, "skipped": self.skipped or None}


class Checkable(Protocol):
    """What can look at itself: a source or a broker."""

    async def check(self) -> list[Finding]:
        """Look at everything."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


def mark_of(finding: Finding) -> str:
    """Return how a finding is marked: ok, warn or FAIL."""
    if finding.good:
        return "ok"
    return "warn" if finding.warning else "FAIL"


def check_venue(wanted: Wanted) -> Found:
    """Look at a venue's bars and, where it can be asked for orders from here, at its account.

    Raises
    ------
    UnknownNameError
        If there is no such venue or symbol.
    """
    source = open_wanted(wanted)

    async def look() -> Found:
        data = await _ask(source)
        reason = _why_no_orders(wanted.source, data)
        orders = [] if reason else await _ask(open_broker(wanted.source, wanted.broker_settings))
        return _found(str(wanted), data, orders, reason)

    return asyncio.run(look())


def check_document(path: Path) -> Found:
    """Look at the source and the broker that a document names.

    Raises
    ------
    DocumentError
        If the document cannot be used.
    """
    document = load_document(path)

    async def look() -> Found:
        source, broker = document.data.data_source, document.broker.type
        settings = feed_settings(document)
        data = await _ask(open_source(source, settings)) if source in SOURCES else [_simulated(source, settings)]
        if broker not in LIVE_BROKERS:
            return _found(str(path), data, [], f"broker {broker} is this program itself")
        orders = await _ask(open_broker(broker, broker_settings(document, path.stem)))
        return _found(str(path), data, orders, "")

    return asyncio.run(look())


def is_document(target: str) -> bool:
    """Say whether a word names a document rather than a venue."""
    return target not in SOURCES and (target.endswith(".json") or Path(target).is_file())


async def _ask(venue: Checkable) -> list[Finding]:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await venue.check()
    except TimeoutError:
        remedy = "try again, best while its market is open"
        return [Finding("answer", False, f"none within {_PATIENCE_SECONDS:.0f} s", remedy)]
    except VenueError as error:
        return [Finding("answer", False, str(error))]
    finally:
        await venue.close()


def _simulated(source: str, settings: FeedSettings) -> Finding:
    """Look at a source that needs no network: a file may still be missing."""
    try:
        open_feed(source, settings)
    except BarsFileError as error:
        return Finding("bars", False, str(error))
    return Finding(
        "bars", True, f"{source} needs no network" if settings.file is None else f"{settings.file} can be read"
    )


def _why_no_orders(source: str, data: list[Finding]) -> str:
    """Say why a venue that was named alone is not asked about orders; nothing if it can be."""
    if source not in LIVE_BROKERS:
        return f"{source} takes none"
    keys = _KEYS.get(source, ())
    if keys and not any(os.environ.get(name, "").strip() for name in keys):
        return f"{' and '.join(keys)} are not set"
    # Whoever is not there for bars would only be missed once more.
    return "" if not data or mark_of(data[0]) != "FAIL" else f"{source} does not answer"


def _found(about: str, data: list[Finding], orders: list[Finding], reason: str) -> Found:
    parts = [("data", finding) for finding in data] + [("orders", finding) for finding in orders]
    return Found(about, tuple(parts), f"orders were not looked at: {reason}" if reason else "")


def _remedy(found: Finding) -> str:
    return f"; {found.remedy}" if found.remedy and not found.good else ""
