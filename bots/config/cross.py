"""What spans sections: pairs that fit each other, and combinations that deserve a word."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.registry import BROKERS, DATA_SOURCES, VENUES
from bots.config.outputs import Email, Telegram
from bots.config.types import SYMBOL
from bots.config.wording import listed, shown

if TYPE_CHECKING:
    from bots.config.document import Document

LEGAL_SOURCES: dict[str, tuple[str, ...]] = {
    "mock": DATA_SOURCES,
    "binance_paper": ("binance",),
    **{name: venue.bars_from for name, venue in VENUES.items() if venue.broker is not None},
}
"""Whose bars a broker may trade."""

Found = tuple[tuple[str | int, ...], str]


def misfits(broker: object, source: object, symbol: object, data_symbol: object) -> Iterator[Found]:
    """Find what does not fit together; None stands for a value that is wrong or unknown and is not judged."""
    if broker in BROKERS and source in DATA_SOURCES:
        sources = LEGAL_SOURCES[str(broker)]
        if source not in sources:
            brokers = [name for name, theirs in LEGAL_SOURCES.items() if source in theirs]
            yield (
                ("data", "data_source"),
                f"{shown(source)} does not go with the broker {shown(broker)}, must be {listed(map(shown, sources))} "
                f"(or broker.type {listed(map(shown, brokers))})",
            )
    symbol, data_symbol = _well_formed(symbol), _well_formed(data_symbol)
    if symbol is not None and data_symbol is not None and symbol != data_symbol:
        yield (
            ("data", "symbol"),
            f"{shown(data_symbol)} is not {shown(symbol)} of trading.symbol, make them agree or leave data.symbol out",
        )
    if source == "binance" and symbol is not None and re.search(r"[.=^-]", symbol):
        letters = re.sub(r"[.=^-]", "", symbol)
        yield (
            ("trading", "symbol"),
            f"{shown(symbol)} is not as Binance writes it, only letters and digits like {letters}",
        )


def _well_formed(symbol: object) -> str | None:
    """Return a symbol that has the right form: one that has not is told already."""
    return symbol if isinstance(symbol, str) and re.fullmatch(SYMBOL, symbol) else None


def misfits_in(raw: object) -> Iterator[Found]:
    """Find the same in a document that could not be validated, so that all its faults are told at once."""

    def value(section: str, key: str, default: object = None) -> object:
        holder = raw.get(section, {}) if isinstance(raw, dict) else None
        found = holder.get(key, default) if isinstance(holder, dict) else None
        return found if isinstance(found, str) else None

    yield from misfits(
        value("broker", "type", "mock"),
        value("data", "data_source", "mock"),
        value("trading", "symbol"),
        value("data", "symbol"),
    )


def concerns(document: "Document") -> Iterator[Found]:
    """Find what is allowed and yet probably not meant."""
    risk, trading, notifications = document.risk_management, document.trading, document.notifications
    if document.mode == "live" and risk.stop_loss_pct is None and not risk.trailing_stop.enabled:
        yield (
            ("risk_management", "stop_loss_pct"),
            "real money is traded without any stop, set stop_loss_pct or enable trailing_stop",
        )
    if document.mode == "live" and document.broker.fallback_to_paper:
        yield (
            ("broker", "fallback_to_paper"),
            "while the broker is away new entries are made on paper: what they earn or lose is not real",
        )
    yield from _detours(document)
    own = document.strategy.position_size
    if own is not None and "position_size" in trading.model_fields_set and own != trading.position_size:
        yield ("strategy", "position_size"), f"{own} wins over trading.position_size {trading.position_size}, keep one"
    size = document.position_size
    if trading.max_exposure is not None and size > trading.max_exposure:
        yield (
            ("trading", "max_exposure"),
            f"{trading.max_exposure} is below the position size {size}, every entry is cut",
        )
    if size * trading.max_positions > 1:
        yield (
            ("trading", "max_positions"),
            f"{trading.max_positions} positions of {size} need more than the equity, the last ones will be refused",
        )
    needed = document.strategy.rules().warm_up + 1
    if document.data.lookback_bars < needed:
        yield (
            ("data", "lookback_bars"),
            f"{document.data.lookback_bars} is less than the {needed} bars that the rules need, the bot will wait "
            "for the rest",
        )
    channels: dict[str, Telegram | Email] = {"telegram": notifications.telegram, "email": notifications.email}
    if notifications.enabled and not any(channel.enabled for channel in channels.values()):
        yield ("notifications", "enabled"), "no channel is enabled, nothing will be sent: enable telegram or email"
    for name, channel in channels.items():
        if channel.enabled and not notifications.enabled:
            yield (
                ("notifications", name, "enabled"),
                "notifications.enabled is false, nothing will be sent: set it to true",
            )
        elif channel.enabled and not channel.notify_on:
            yield ("notifications", name, "notify_on"), "is empty, nothing will be sent: name events"


def _detours(document: "Document") -> Iterator[Found]:
    """Find addresses, other than this machine's, by which orders leave without going to the venue itself."""
    if document.mode != "live":
        return
    for key in ("http", "ws"):
        address = getattr(document.broker.endpoints, key)
        if address is not None and not re.match(r"\w+://(localhost|127\.0\.0\.1|\[::1\])(?=[:/?#]|$)", address):
            openly = "" if address.startswith(("https:", "wss:")) else ", open for all to read on the way,"
            yield (
                ("broker", "endpoints", key),
                f"orders and the API key go to {shown(address)}{openly} and not to the venue itself, take it out "
                "unless that is yours",
            )
