"""Where a gateway listens, and what that says about the money behind it. Pure."""

from dataclasses import dataclass

from adapters.feeds import Endpoints

DEFAULT_HOST = "127.0.0.1"
# IB Gateway's and TWS' own choice; whoever runs them can set another.
PAPER_PORTS = (4002, 7497)
LIVE_PORTS = (4001, 7496)


@dataclass(frozen=True, slots=True)
class Address:
    """One gateway and the client id under which we are known to it."""

    host: str
    port: int
    client_id: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def address(endpoints: Endpoints, client_id: int) -> Address:
    """Return where the document says the gateway is: by default this machine's paper gateway."""
    return Address(endpoints.host or DEFAULT_HOST, endpoints.port or PAPER_PORTS[0], client_id)


def is_paper_account(account: str) -> bool:
    """Say whether an account trades play money: its name begins with a D."""
    return account.upper().startswith("D")


def may_be_real_money(account: str | None, port: int) -> bool:
    """Say, before anybody was asked, whether orders may cost real money: yes, unless account or port deny it."""
    if account is not None:
        return not is_paper_account(account)
    return port not in PAPER_PORTS
