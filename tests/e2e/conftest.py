"""Fixtures of the end-to-end tests: a real cluster, a namespace each, bots, the operator, and evidence of failures.

Where no cluster can be had the tests are skipped, and say what to do; with CI=true that is a failure. Environment:
KUBECONFIG with TRADINGBOT_E2E_IMAGE (another cluster), TRADINGBOT_E2E_KEEP (leave the node up), TRADINGBOT_E2E_THIN
(develop with a quick image), TRADINGBOT_E2E_SHARED (do not wait for other runs on this node; for single tests),
TRADINGBOT_E2E_KILLS and TRADINGBOT_E2E_AWAY_SECONDS (how often a bot at an exchange is killed, and for how long it is
left alone; 100 and 600 for a long run).
"""

import os
import re
import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e import evidence
from tests.e2e.bots import Bot
from tests.e2e.choosing import Cluster, NoClusterError, chosen, under_ci
from tests.e2e.cluster import places
from tests.e2e.console import CHAT, Console
from tests.e2e.kube import CommandError, Kube
from tests.e2e.operator_release import CRD, NAMESPACE, OperatorRelease
from tests.e2e.own_node import ContainerWatch, OwnNode
from tests.e2e.podwatch import PodWatch
from tests.e2e.prometheus import Prometheus
from tests.e2e.venue import LiveBot, double_for_pods
from tests.e2e.waiting import wait_for
from tests.venues.telegram.double import TelegramDouble

MARK = "tradingbots.dev/e2e"
_failed = pytest.StashKey[bool]()
_namespaces = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The cluster that all tests of this session share."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def tell(text: str) -> None:
        print(f"\ne2e: {text}", flush=True)

    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.skip("end-to-end tests share one node and stop its parts: run them in one process, `make test-e2e`")
    with ExitStack() as stack:
        try:
            # Bringing up may take minutes: its progress is shown at once, not kept for a failure.
            with capture.global_and_fixture_disabled():
                found = stack.enter_context(chosen(tell))
        except NoClusterError as error:
            if under_ci():
                pytest.fail(f"CI=true and no cluster to test on: {error}", pytrace=False)
            pytest.skip(f"no cluster to test on: {error}")
        yield found


@pytest.fixture(scope="session")
def kube(cluster: Cluster) -> Iterator[Kube]:
    """kubectl, helm and the API of the cluster."""
    with Kube(cluster.kubeconfig, cluster.path) as kube:
        if cluster.own and not os.environ.get("TRADINGBOT_E2E_SHARED"):
            for left in kube.list("namespaces", selector=f"{MARK}=true"):
                remove_namespace(kube, left["metadata"]["name"])
        yield kube


@pytest.fixture(scope="session")
def image(cluster: Cluster) -> str:
    """Name of the image under test, which the node has or can pull."""
    return cluster.image


@pytest.fixture(scope="session")
def pull_policy(cluster: Cluster) -> str:
    """The pull policy under which the image under test is found."""
    return cluster.pull_policy


@pytest.fixture
def node(cluster: Cluster, kube: Kube) -> OwnNode:
    """The node, where it is our own: its processes can be signalled and its components stopped."""
    if not cluster.own:
        pytest.skip("this test stops processes on the node, which it does only to a node of its own")
    return OwnNode(kube)


@pytest.fixture
def new_namespace(request: pytest.FixtureRequest, cluster: Cluster, kube: Kube) -> Iterator[Callable[..., str]]:
    """Make namespaces that enforce the restricted Pod Security Standard; they are deleted after the test."""
    made: list[str] = request.node.stash.setdefault(_namespaces, [])
    if cluster.own:
        OwnNode(kube).recycle_volumes()

    def make(**labels: str) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).removeprefix("test-")[:40].strip("-")
        name = f"e2e-{words}-{secrets.token_hex(2)}"
        standard = {MARK: "true", "pod-security.kubernetes.io/enforce": "restricted"}
        about = {"name": name, "labels": standard | labels}
        kube.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": about})
        made.append(name)
        wait_for(f"service account of {name}", lambda: _has_account(kube, name))
        return name

    yield make
    for name in made:
        remove_namespace(kube, name)


@pytest.fixture
def namespace(new_namespace: Callable[..., str]) -> str:
    """A namespace of the test's own."""
    return new_namespace()


@pytest.fixture
def new_bot(cluster: Cluster, kube: Kube, namespace: str) -> Callable[..., Bot]:
    """Take a TradingBot by its name; it is not made before `apply`. By default in the test's namespace."""

    def take(name: str = "bot", within: str | None = None) -> Bot:
        return Bot(kube, within or namespace, name, reachable=cluster.own)

    return take


@pytest.fixture
def bot(new_bot: Callable[..., Bot]) -> Bot:
    """A TradingBot named `bot` in the test's namespace; it is not made before `apply`."""
    return new_bot()


@pytest.fixture(scope="session")
def release(cluster: Cluster, kube: Kube) -> Iterator[OperatorRelease]:
    """The operator's Helm release, installed or not; uninstalled in the end where the cluster stays."""
    release = OperatorRelease(kube, cluster.image, cluster.pull_policy, reachable=cluster.own)
    yield release
    if not cluster.own:
        try:
            release.uninstall()
        except CommandError as error:
            print(f"e2e: the operator could not be uninstalled: {error}")


@pytest.fixture
def operator(release: OperatorRelease) -> OperatorRelease:
    """The operator, installed by Helm and ready, whatever the test before did to it."""
    release.ensure()
    return release


@pytest.fixture
def never_two(cluster: Cluster, kube: Kube, namespace: str) -> Iterator[PodWatch]:
    """Watch the test's namespace; the test fails if two pods of one bot ever existed, or two of its processes ran."""
    with ExitStack() as stack:
        containers = stack.enter_context(ContainerWatch(namespace)) if cluster.own else None
        watch = stack.enter_context(PodWatch(kube, namespace))
        yield watch
        watch.assert_never_two()
        if containers:
            containers.assert_never_two()


@pytest.fixture
def live_bot(operator: OperatorRelease, node: OwnNode, bot: Bot) -> Iterator[LiveBot]:
    """A TradingBot with real orders at a double of Binance; neither bot nor market moves before `start`."""
    with double_for_pods(node.address_for_pods) as double:
        yield LiveBot(bot, double)


@pytest.fixture
def new_prometheus(cluster: Cluster, kube: Kube) -> Iterator[Callable[..., Prometheus]]:
    """Start a real Prometheus with a configuration, such as `podmonitors.scraping` makes."""
    if not cluster.own:
        pytest.skip("Prometheus runs beside the tests and must reach pods' addresses, as it can on a node of our own")
    with ExitStack() as stack:

        def make(config: dict[str, Any], rules: dict[str, Any] | None = None) -> Prometheus:
            return stack.enter_context(Prometheus(kube, config, rules))

        yield make


@pytest.fixture
def chat(node: OwnNode) -> Iterator[TelegramDouble]:
    """Telegram, where pods reach it."""
    with TelegramDouble(CHAT, seconds_between=0.0, host=node.address_for_pods) as double:
        yield double
        assert double.complaints == []


@pytest.fixture
def console(kube: Kube, operator: OperatorRelease, chat: TelegramDouble) -> Console:
    """The chart's console, ready; the next test's operator is without one again."""
    made = Console(kube, operator, chat)
    made.install()
    return made


def remove_namespace(kube: Kube, name: str) -> None:
    """Delete a namespace and wait until nothing runs in it, even if its bots have a finalizer that nobody heeds.

    The namespace itself goes some seconds later; nobody needs to wait for that.
    """

    def empty() -> bool:
        found = kube.get("namespaces", name)
        if found is None:
            return True
        if "deletionTimestamp" not in found["metadata"]:
            kube.delete("namespaces", name)
        bots = kube.list("tradingbots", name) if kube.get("customresourcedefinitions", CRD) else []
        for bot in bots:
            if bot["metadata"].get("finalizers"):
                kube.patch("tradingbots", bot["metadata"]["name"], {"metadata": {"finalizers": None}}, name)
        pods = kube.list("pods", name)
        for pod in pods:
            # A frozen process would outlast its whole grace period.
            if int(pod["metadata"].get("deletionGracePeriodSeconds", 99)) > 1:
                kube.delete("pods", pod["metadata"]["name"], name, gracePeriodSeconds=1)
        return not bots and not pods

    wait_for(f"end of all in namespace {name}", empty, seconds=120)


def _has_account(kube: Kube, name: str) -> bool:
    return bool(kube.request("GET", f"/api/v1/namespaces/{name}/serviceaccounts")["items"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave evidence of a failure while what failed is still there."""
    report = yield
    kube = getattr(item, "funcargs", {}).get("kube")
    if report.failed and isinstance(kube, Kube) and not item.stash.get(_failed, False):
        item.stash[_failed] = True
        cluster: Cluster = item.funcargs["cluster"]  # type: ignore[attr-defined]
        folder = evidence.leave(kube, item.name, [*item.stash.get(_namespaces, []), NAMESPACE], own=cluster.own)
        report.sections.append(("evidence", f"{folder.relative_to(places.ROOT)}/ holds all that was there"))
    return report
