"""What may pass the gate, decided on values. Pure."""

import hmac
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from bots.web.login.sessions import Session

LOGIN, LOGOUT, ACCOUNT, CHOOSE = "/login", "/logout", "/account", "/account/password"
HEALTH, STATIC, API = "/healthz", "/static/", "/api/"
# The same for programs: POST comes in, DELETE goes out, PUT chooses a password.
API_SESSION, API_CHOOSE = "/api/v1/session", "/api/v1/session/password"
TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What a viewer may change: the own way in and out.
OWN = frozenset({LOGOUT, CHOOSE, API_SESSION, API_CHOOSE})
OWN_FORMS = frozenset({LOGOUT, CHOOSE})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as the gate looks at it.

    `host` and `scheme` are what stands in the browser's address line; `token` is the CSRF token that came with it.
    """

    method: str
    path: str
    scheme: str = "http"
    host: str = ""
    origin: str | None = None
    fetch_site: str | None = None
    token: str = ""

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing."""
        return self.method in _SAFE

    @property
    def is_for_the_api(self) -> bool:
        """Whether programs ask, not pages."""
        return self.path.startswith(API)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request does not pass: the HTTP status, and a sentence for people; 303 leads to `to` instead."""

    status: int
    text: str
    to: str = ""


NOT_IN = Refusal(401, "log in first", LOGIN)
NO_TOKEN = Refusal(403, f"this needs the session's CSRF token in the header {TOKEN_HEADER}: load the page again")
NOT_AN_OPERATOR = Refusal(403, "a viewer may look, not act: this takes an operator")
CHOOSE_FIRST = Refusal(403, "choose a password of your own first", ACCOUNT)


def needs_no_login(asked: Asked) -> bool:
    """Say whether everybody may ask for this."""
    if asked.path in (LOGIN, API_SESSION) and asked.method == "POST":
        return True
    return asked.method in ("GET", "HEAD") and (asked.path in (LOGIN, HEALTH) or asked.path.startswith(STATIC))


def refuse(asked: Asked, session: Session | None) -> Refusal | None:
    """Say why a request does not pass, or None; the first reason wins."""
    if not asked.is_safe and (told := _foreign(asked)):
        return Refusal(403, told)
    if needs_no_login(asked):
        return None
    if session is None:
        return NOT_IN
    if not asked.is_safe and not hmac.compare_digest(asked.token.encode(), session.csrf.encode()):
        return NO_TOKEN
    if session.one_time and asked.path not in (ACCOUNT, *OWN):
        return CHOOSE_FIRST
    if not asked.is_safe and not session.can_operate and asked.path not in OWN:
        return NOT_AN_OPERATOR
    return None


def _foreign(asked: Asked) -> str:
    """Say that a page of another site sends this, if one does.

    Browsers say so in one header or the other; what sends neither is no browser, and has no cookies of somebody else.
    """
    if asked.fetch_site is not None:
        return "" if asked.fetch_site in ("same-origin", "none") else "a page of another site has sent this"
    if asked.origin is None or asked.origin == f"{asked.scheme}://{asked.host}":
        return ""
    return (
        f"this comes from {asked.origin[:200]} and not from {asked.scheme}://{asked.host[:200]}; if that is the same "
        "place, a proxy stands between: run the console with --behind-proxy"
    )


def own_path(asked: str | None) -> str:
    """Return where to go after the login: a path of this site, whatever was asked for."""
    if not asked or len(asked) > 2000 or not asked.startswith("/") or asked.startswith("//"):
        return "/"
    # Browsers take a backslash for a slash, and leave out what cannot be printed.
    if "\\" in asked or not asked.isprintable() or not asked.isascii() or " " in asked:
        return "/"
    try:
        parts = urlsplit(asked)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return "/"
    return "/" if parts.path in (LOGIN, LOGOUT) or parts.path.startswith(API) else asked


def cookie_name(scheme: str, host: str) -> str:
    """Return the name of the session's cookie: consoles on several ports of one machine get each other's cookies."""
    if scheme == "https":
        return "__Host-tradingbot"
    _, _, port = host.rpartition(":")
    return f"tradingbot-{port}" if port.isascii() and port.isdigit() else "tradingbot"


def is_address(text: str) -> bool:
    """Say whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
