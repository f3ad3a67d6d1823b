"""What the operator is told by its environment; the chart sets it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strategies.errors import StartError

PREFIX = "TRADINGBOT_OPERATOR_"


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's settings.

    Parameters
    ----------
    namespace, pod : str
        Where it runs, and as whom it holds the Lease.
    namespaces : tuple of str
        Whose bots it looks after; empty means all.
    bot_image, bot_pull_policy : str
        Of bots that name none.
    key_file : Path
        The key that bots' tokens are made from.
    metrics_from : tuple of dict
        NetworkPolicyPeers that may scrape bots.
    sweep_seconds : float
        How often everything is compared with what is really there.
    port : int
        Where it serves health and metrics.
    console : bool
        Whether bots leave it to a console to tell what happens to them.
    """

    namespace: str
    pod: str
    namespaces: tuple[str, ...]
    bot_image: str
    bot_pull_policy: str
    key_file: Path
    metrics_from: tuple[dict[str, Any], ...]
    sweep_seconds: float
    port: int
    console: bool = False

    @property
    def watched(self) -> tuple[str | None, ...]:
        """The namespaces to list one by one; None stands for all at once."""
        return self.namespaces or (None,)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises
    ------
    StartError
        If one is missing or makes no sense; the message names it.
    """

    def text(name: str, default: str | None = None) -> str:
        value = environment.get(PREFIX + name, default)
        if not value:
            raise StartError(f"{PREFIX}{name} is not set; the chart tradingbot-operator sets it")
        return value

    def number(name: str, default: str, least: float) -> float:
        try:
            value = float(text(name, default))
        except ValueError:
            value = float("nan")
        if not value >= least:
            raise StartError(
                f"{PREFIX}{name} is {environment.get(PREFIX + name)!r}, must be a number from {least:g} on"
            )
        return value

    peers = environment.get(PREFIX + "METRICS_FROM") or "[]"
    try:
        metrics_from = json.loads(peers)
    except ValueError:
        metrics_from = None
    if not isinstance(metrics_from, list) or not all(isinstance(peer, dict) for peer in metrics_from):
        raise StartError(f"{PREFIX}METRICS_FROM is {peers!r}, must be a JSON list of NetworkPolicyPeers")
    return Settings(
        namespace=text("NAMESPACE"),
        pod=text("POD"),
        namespaces=tuple(filter(None, (one.strip() for one in environment.get(PREFIX + "WATCH", "").split(",")))),
        bot_image=text("BOT_IMAGE"),
        bot_pull_policy=text("BOT_PULL_POLICY", "IfNotPresent"),
        key_file=Path(text("KEY_FILE", "/etc/tradingbot-operator/key")),
        metrics_from=tuple(metrics_from),
        sweep_seconds=number("SWEEP_SECONDS", "60", 1),
        port=int(number("PORT", "8080", 1)),
        console=environment.get(PREFIX + "CONSOLE") == "1",
    )
