"""What a key may do, and whether that is more than a bot needs. Pure."""

from collections.abc import Mapping
from typing import Any

from adapters.live.source import Finding


def findings(account: Mapping[str, Any], restrictions: Mapping[str, Any] | None) -> list[Finding]:
    """Return what deserves a word about a key's permissions; `restrictions` is None where Binance does not tell."""
    may_trade = bool(account.get("canTrade"))
    found = [
        Finding(
            "trading",
            may_trade,
            "the account may trade" if may_trade else "the account may not trade",
            "" if may_trade else "permit spot trading for this key",
        )
    ]
    if restrictions is None:
        return [*found, Finding("permissions", True, "this environment does not tell what the key may do")]
    if restrictions.get("enableWithdrawals"):
        found.append(
            Finding("withdrawals", False, "this key may withdraw", "take that permission from it", warning=True)
        )
    else:
        found.append(Finding("withdrawals", True, "this key may not withdraw"))
    if not restrictions.get("enableSpotAndMarginTrading", may_trade):
        found.append(Finding("spot", False, "this key may not trade spot", "permit it in the API management"))
    if not restrictions.get("ipRestrict", False):
        found.append(
            Finding("addresses", False, "this key works from every address", "restrict it to the bot's", warning=True)
        )
    return found
