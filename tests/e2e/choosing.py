"""Which cluster the tests run on: another one that was named, else a node of our own."""

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts import image
from tests.e2e.cluster import images, node, places, thin, tools
from tests.e2e.cluster.errors import ClusterError

# Another cluster is used only if both are given: a KUBECONFIG alone may lead anywhere, to real bots for one.
ANOTHER = "KUBECONFIG and TRADINGBOT_E2E_IMAGE (an image that its nodes can pull, made by `make image`)"
SESSION = places.STATE.with_name(places.STATE.name + ".tests.lock")

# Says that a run of the tests brought the node up, and not a person, who wants to keep it.
OURS = places.STATE / "brought-up-by-tests"


class NoClusterError(Exception):
    """There is no cluster to test on; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster that was chosen.

    `own` says whether it is a node of ours, whose processes can be stopped and whose pods' addresses can be reached;
    `brought_up` whether this session has to take it down again.
    """

    kubeconfig: str
    path: str
    image: str
    pull_policy: str
    own: bool
    brought_up: bool


def under_ci() -> bool:
    """Say whether a missing cluster is a failure, and whatever is missing may be installed."""
    return os.environ.get("CI", "").lower() in {"true", "1"}


@contextmanager
def chosen(tell: Callable[[str], None]) -> Iterator[Cluster]:
    """Bring up, lend and take down the cluster to test on; NoClusterError where there can be none."""
    other = os.environ.get("KUBECONFIG", "")
    wanted_image = os.environ.get("TRADINGBOT_E2E_IMAGE", "")
    if other and wanted_image and Path(other) != places.KUBECONFIG:
        _check(other)
        yield Cluster(other, places.search_path(), wanted_image, "IfNotPresent", own=False, brought_up=False)
        return
    with _only_session(tell):
        already = node.is_up()
        if already and OURS.exists():
            tell("taking down the node of an earlier run, which was killed")
            node.down()
            already = False
        try:
            if not already:
                _bring_up(tell)
            loaded = _loaded(tell)
        except (ClusterError, image.ImageError) as error:
            raise NoClusterError(f"{error}\nAnother cluster: {ANOTHER}.") from error
        try:
            yield Cluster(
                str(places.KUBECONFIG), places.search_path(), loaded, "Never", own=True, brought_up=not already
            )
        finally:
            if not already and os.environ.get("TRADINGBOT_E2E_KEEP"):
                OURS.unlink(missing_ok=True)
            elif not already:
                node.down()


def _bring_up(tell: Callable[[str], None]) -> None:
    if reason := node.obstacle():
        raise NoClusterError(f"{reason}; another cluster: {ANOTHER}")
    lacking = [] if under_ci() else tools.missing()
    if lacking:
        raise NoClusterError(
            f"no node is up and this machine lacks {', '.join(lacking)}: run `make cluster` (it installs what is"
            f" missing, as root), or give {ANOTHER}"
        )
    tell("bringing up a Kubernetes node (`make cluster` beforehand keeps it between runs)")
    node.up(provide=under_ci())
    OURS.touch()


def _loaded(tell: Callable[[str], None]) -> str:
    """Return the name of the image under test, which the node has then."""
    if os.environ.get("TRADINGBOT_E2E_THIN"):
        return thin.load()
    wanted = image.name()
    if wanted not in images.names():
        tell(f"building and loading {wanted} (some minutes the first time)")
        images.load(image.archive())
        images.forget_others(f"{image.REPOSITORY}:e2e-", wanted)
    return wanted


def _check(kubeconfig: str) -> None:
    environment = {**os.environ, "PATH": places.search_path()}
    try:
        run = subprocess.run(
            ["kubectl", "version", "--request-timeout=15s"], env=environment, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoClusterError(f"kubectl cannot be asked for the cluster of KUBECONFIG={kubeconfig}: {error}") from error
    if run.returncode:
        raise NoClusterError(f"the cluster of KUBECONFIG={kubeconfig} does not answer: {run.stderr.strip()}")


@contextmanager
def _only_session(tell: Callable[[str], None]) -> Iterator[None]:
    """Let one run of the tests at a time have the node: they drain it and stop its parts."""
    if os.environ.get("TRADINGBOT_E2E_SHARED"):
        yield
        return
    with SESSION.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("another run of these tests has the node; waiting until it ends")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
