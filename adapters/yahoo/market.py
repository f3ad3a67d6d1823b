"""Where a symbol is traded: whose hours it keeps, and how late Yahoo's prices of it are."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.yahoo.chart import Meta
from strategies.errors import VenueRefusedError

ALWAYS, FOREX, FUTURES = "always", "forex", "futures"


@dataclass(frozen=True, slots=True)
class Market:
    """`hours` is an exchange's code (MIC), or one of the names above; `delay` is how late its prices may be at most.

    `settling` is how long after a session its daily bar may still change: closing auctions and corrections.
    """

    name: str
    hours: str
    delay: timedelta = timedelta(0)
    settling: timedelta = timedelta(minutes=15)


_CRYPTO = Market("crypto currencies", ALWAYS, settling=timedelta(0))
_FOREX = Market("foreign exchange", FOREX, settling=timedelta(0))
_FUTURES = Market("American futures", FUTURES, timedelta(minutes=15))
_AMERICAN = Market("the American exchanges", "XNYS")
_CHICAGO = Market("Chicago's indices", "XNYS", timedelta(minutes=15))

# Suffix of the symbol, the exchange's code (MIC), Yahoo's own names for it, minutes by which Yahoo's prices are late:
# rather too many than too few, as a bar without any trade after it is believed to be complete only then.
_EXCHANGES = (
    ("DE", "XETR", "GER", 15),
    ("L", "XLON", "LSE FGI", 20),
    ("PA", "XPAR", "PAR", 15),
    ("AS", "XAMS", "AMS", 15),
    ("BR", "XBRU", "BRU", 15),
    ("LS", "XLIS", "LIS", 15),
    ("IR", "XDUB", "ISE", 15),
    ("MI", "XMIL", "MIL", 20),
    ("MC", "XMAD", "MCE", 15),
    ("SW", "XSWX", "EBS VTX", 30),
    ("VI", "XWBO", "VIE", 15),
    ("ST", "XSTO", "STO", 15),
    ("CO", "XCSE", "CPH", 15),
    ("HE", "XHEL", "HEL", 15),
    ("OL", "XOSL", "OSL", 15),
    ("WA", "XWAR", "WSE", 15),
    ("IS", "XIST", "IST", 15),
    ("JO", "XJSE", "JNB", 15),
    ("TO", "XTSE", "TOR", 15),
    ("V", "XTSE", "VAN", 15),
    ("MX", "XMEX", "MEX", 20),
    ("SA", "BVMF", "SAO", 15),
    ("T", "XTKS", "JPX TYO OSA", 20),
    ("HK", "XHKG", "HKG", 15),
    ("SS", "XSHG", "SHH", 30),
    ("SZ", "XSHG", "SHZ", 30),
    ("TW", "XTAI", "TAI", 20),
    ("KS", "XKRX", "KSC", 20),
    ("KQ", "XKRX", "KOE", 20),
    ("SI", "XSES", "SES", 20),
    ("BO", "XBOM", "BSE", 15),
    ("NS", "XBOM", "NSI", 15),
    ("JK", "XIDX", "JKT", 15),
    ("KL", "XKLS", "KLS", 15),
    ("BK", "XBKK", "SET", 15),
    ("AX", "XASX", "ASX", 20),
    ("NZ", "XNZE", "NZE", 20),
)
_BY_SUFFIX = {
    suffix: Market(f"the exchange {mic}", mic, timedelta(minutes=late)) for suffix, mic, _, late in _EXCHANGES
}
_BY_NAME = {name: _BY_SUFFIX[suffix] for suffix, _, names, _ in _EXCHANGES for name in names.split()}
_BY_NAME |= dict.fromkeys(["NMS", "NGM", "NCM", "NYQ", "ASE", "PCX", "BTS", "SNP", "DJI", "NIM"], _AMERICAN)
_BY_NAME |= dict.fromkeys(["WCB", "CXI"], _CHICAGO)
_BY_NAME |= dict.fromkeys(["CME", "CBT", "NYM", "CMX", "NYB"], _FUTURES)
_BY_NAME |= {"CCC": _CRYPTO, "CCY": _FOREX}
# Indices of which Yahoo names no exchange of ours; their hours are those of the shares in them.
_BY_ZONE = {
    "America/New_York": _AMERICAN,
    "America/Chicago": _AMERICAN,
    "America/Toronto": _BY_SUFFIX["TO"],
    "Europe/London": _BY_SUFFIX["L"],
    "Europe/Berlin": _BY_SUFFIX["DE"],
    "Europe/Paris": _BY_SUFFIX["PA"],
    "Europe/Amsterdam": _BY_SUFFIX["AS"],
    "Europe/Zurich": _BY_SUFFIX["SW"],
    "Asia/Tokyo": _BY_SUFFIX["T"],
    "Asia/Hong_Kong": _BY_SUFFIX["HK"],
    "Australia/Sydney": _BY_SUFFIX["AX"],
}


def market_guessed(symbol: str) -> Market:
    """Return the market that a symbol's form speaks of; American where it says nothing."""
    if symbol.endswith("=X"):
        return _FOREX
    if symbol.endswith("=F"):
        return _FUTURES
    if is_crypto(symbol):
        return _CRYPTO
    return _BY_SUFFIX.get(symbol.rpartition(".")[2] if "." in symbol else "", _AMERICAN)


def market_told(meta: Meta) -> Market:
    """Return the market that Yahoo says a symbol is traded on.

    Raises
    ------
    VenueRefusedError
        If this version does not know its hours, or it has one price a day.
    """
    kinds = {"CRYPTOCURRENCY": _CRYPTO, "CURRENCY": _FOREX, "FUTURE": _FUTURES}
    market = kinds.get(meta.kind) or _BY_NAME.get(meta.exchange)
    if market is None and meta.kind == "INDEX":
        market = _BY_ZONE.get(meta.timezone)
    if market is None:
        raise VenueRefusedError(
            f"{meta.symbol} is traded on an exchange whose hours this version does not know "
            f"({meta.exchange or 'Yahoo names none'}, {meta.timezone or 'no time zone'}): take a listing elsewhere"
        )
    return market


def is_crypto(symbol: str) -> bool:
    """Say whether a symbol has the form of a crypto currency, such as BTC-USD; BRK-B is a class of shares."""
    base, _, quote = symbol.partition("-")
    return bool(base) and len(quote) >= 3
