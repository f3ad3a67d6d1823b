"""Through which server mail goes, from whom and to whom: what the environment says, read as values."""

import ipaddress
import re
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import getaddresses
from enum import StrEnum

from strategies.errors import StartError

HOST, PORT, USER, PASSWORD = "SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD"
SENDER, RECIPIENTS, CA_FILE = "EMAIL_FROM", "EMAIL_TO", "SMTP_CA_FILE"

_IMPLICIT_TLS_PORT = 465
_SUBMISSION_PORT = "587"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+")


class Tls(StrEnum):
    """How a connection becomes a private one."""

    FROM_THE_START = "from the start"
    BY_STARTTLS = "by STARTTLS"
    NOT_AT_ALL = "not at all"


@dataclass(frozen=True, slots=True)
class Server:
    """The server that takes our mail; its password is never shown."""

    host: str
    port: int
    tls: Tls
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"mail server {self.host}:{self.port}"

    @property
    def credentials(self) -> tuple[bytes, bytes]:
        """User and password as they are sent; an environment may hold what is no UTF-8."""
        return _as_bytes(self.user), _as_bytes(self.password)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be repeated, in each form that a server is told it in."""
        user, password = self.credentials
        if not password:
            return ()
        told = (password, b"\0" + user + b"\0" + password)
        return (self.password, *(b64encode(each).decode() for each in told))


@dataclass(frozen=True, slots=True)
class Mailing:
    """A server, who writes, and who reads."""

    server: Server
    sender: Address
    recipients: tuple[Address, ...]


def mailing_from(environ: Mapping[str, str]) -> Mailing:
    """Read the variables.

    Raises
    ------
    StartError
        If one is missing or malformed; it names all of them, and repeats no value.
    """
    values = {name: environ.get(name, "").strip() for name in (HOST, PORT, USER, PASSWORD, SENDER, RECIPIENTS, CA_FILE)}
    senders, recipients = _addresses(values[SENDER]), _addresses(values[RECIPIENTS])
    port = int(given) if (given := values[PORT] or _SUBMISSION_PORT).isascii() and given.isdecimal() else 0
    trust = _trust(values[CA_FILE])
    faults = []
    if not _HOST.fullmatch(values[HOST]):
        faults.append(f"{HOST} must be a server's name such as smtp.example.org, without scheme and port")
    if not 0 < port < 65_536:
        faults.append(f"{PORT} must be a number from 1 to 65535, such as {_SUBMISSION_PORT} or {_IMPLICIT_TLS_PORT}")
    if bool(values[USER]) != bool(values[PASSWORD]):
        faults.append(f"{USER} and {PASSWORD} must both be set, or neither where the server asks for none")
    if len(senders) != 1:
        faults.append(f"{SENDER} must be one address, such as bots@example.org")
    if not recipients:
        faults.append(f"{RECIPIENTS} must be addresses with commas between them, such as you@example.org")
    if trust is None:
        faults.append(f"{CA_FILE} must be a readable file with certificates in PEM format")
    if faults:
        raise StartError(f"email cannot be sent, check the environment: {'; '.join(faults)}")
    tls = _tls_for(values[HOST], port, private_authority=bool(values[CA_FILE]))
    server = Server(values[HOST], port, tls, values[USER], values[PASSWORD], trust)
    return Mailing(server, senders[0], recipients)


def _as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _addresses(text: str) -> tuple[Address, ...]:
    """Return all addresses of a list, each once; none if one of them is malformed."""
    if not text.isprintable():
        return ()
    found: dict[str, Address] = {}
    for name, address in getaddresses([text]):
        user, _, domain = address.rpartition("@")
        if not (address.isascii() and user and domain):
            return ()
        try:
            found.setdefault(address.lower(), Address(name, addr_spec=address))
        except (ValueError, IndexError):
            return ()
    return tuple(found.values())


def _trust(ca_file: str) -> ssl.SSLContext | None:
    """Return whose certificates are believed: those of the system's authorities, or only those of a private one."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError:
        return None


def _tls_for(host: str, port: int, *, private_authority: bool) -> Tls:
    if port == _IMPLICIT_TLS_PORT:
        return Tls.FROM_THE_START
    return Tls.NOT_AT_ALL if _is_this_machine(host) and not private_authority else Tls.BY_STARTTLS


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
