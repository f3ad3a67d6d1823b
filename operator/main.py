"""The Kubernetes operator of trading bots: `kopf run operator/main.py`.

kopf logs in and watches; everything else is level-triggered and lies in the modules beside this one.
"""

import logging
import os
from dataclasses import replace
from typing import Any

import kopf

from bots.resource.in_cluster import in_cluster_server
from bots.resource.names import BOT_LABEL, GROUP, PLURAL, VERSION
from resources import MANAGED
from running import Operator
from settings import read_settings

_operator = Operator(read_settings(os.environ))
_managed = ",".join(f"{key}={value}" for key, value in MANAGED.items())


@kopf.on.login()
def login(**kwargs: Any) -> kopf.ConnectionInfo | None:
    """Log in as the pod's service account, or as the kubeconfig says."""
    account = kopf.login_with_service_account(**kwargs)
    if account is None:
        return kopf.login_with_kubeconfig(**kwargs)
    # By its address: the name that kopf takes needs cluster DNS, without which the watches would be deaf.
    return replace(account, server=in_cluster_server(os.environ) or account.server)


@kopf.on.startup()
async def start(settings: kopf.OperatorSettings, **_: Any) -> None:
    """Set kopf up as a watcher only, and begin to work."""
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
    settings.posting.enabled = False
    settings.watching.server_timeout = 300
    settings.watching.connect_timeout = 10
    for plural in ("statefulsets", "pods"):
        settings.watching.label_selectors[plural] = _managed
    # Finite by kopf's design; where it ends, the watch of that kind begins anew.
    settings.networking.error_backoffs = (0.5, 1, 2, 3, 5, 5, 10, 10, 10, 30, 30, 30)
    await _operator.start()


@kopf.on.cleanup()
async def stop(**_: Any) -> None:
    """Stop quickly and cleanly."""
    await _operator.stop()


@kopf.on.event(GROUP, VERSION, PLURAL)
async def bot_seen(type: str | None, body: kopf.Body, **_: Any) -> None:
    """Take a TradingBot."""
    _operator.seen("TradingBot", type == "DELETED", body)


@kopf.on.event("apps", "v1", "statefulsets", labels={BOT_LABEL: kopf.PRESENT})
async def set_seen(type: str | None, body: kopf.Body, **_: Any) -> None:
    """Take a StatefulSet of ours."""
    _operator.seen("StatefulSet", type == "DELETED", body)


@kopf.on.event("", "v1", "pods", labels={BOT_LABEL: kopf.PRESENT})
async def pod_seen(type: str | None, body: kopf.Body, **_: Any) -> None:
    """Take a pod of ours."""
    _operator.seen("Pod", type == "DELETED", body)
