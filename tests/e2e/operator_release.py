"""The operator as Helm installs it, and what a test does to it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.kube import CommandError, Kube, Manifest
from tests.e2e.own_node import OwnNode
from tests.e2e.pods import Pod
from tests.e2e.waiting import NotYetError, wait_for

CHART = Path(__file__).parents[2] / "charts" / "tradingbot-operator"
NAMESPACE = "tradingbot-system"
RELEASE = "tradingbot-operator"
CRD = "tradingbots.tradingbots.dev"


class OperatorRelease:
    """The operator, installed by Helm into a namespace of its own; it looks after all namespaces.

    `standing` are values that it always has, such as `watchNamespaces` of a second operator beside the first.
    """

    def __init__(
        self,
        kube: Kube,
        image: str,
        pull_policy: str,
        *,
        reachable: bool,
        namespace: str = NAMESPACE,
        name: str = RELEASE,
        **standing: Any,
    ) -> None:
        self.kube, self.image, self.pull_policy, self._reachable = kube, image, pull_policy, reachable
        self.namespace, self.name, self.standing = namespace, name, standing

    def values(self, **more: Any) -> dict[str, Any]:
        """Return the values that tests install it with: the image under test, and short sweeps."""
        repository, _, tag = self.image.rpartition(":")
        image = {"repository": repository, "tag": tag, "pullPolicy": self.pull_policy}
        return {"image": image, "sweepSeconds": 5, **self.standing, **more}

    def install(self, *options: str, chart: Path = CHART, **values: Any) -> str:
        """`helm upgrade --install` and wait until it is ready; more values replace those of `values()`."""
        standard = {"pod-security.kubernetes.io/enforce": "restricted"}
        about = {"name": self.namespace, "labels": standard}
        self.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": about})
        file = self.kube.write(yaml.safe_dump(self.values(**values)))
        printed = self.kube.helm(
            *("upgrade", "--install", self.name, str(chart), "--namespace", self.namespace, "--values", str(file)),
            *options,
        )
        self.wait_ready()
        return printed

    def ensure(self) -> None:
        """Make it what every test expects, unless it is: installed with `values()`, one replica, ready."""
        try:
            installed = yaml.safe_load(self.kube.helm("get", "values", self.name, "-n", self.namespace, "-o", "yaml"))
        except CommandError:
            installed = None
        if installed == self.values() and self._replicas() == 1 and self.kube.get("customresourcedefinitions", CRD):
            self.wait_ready()
            return
        # A CRD that was kept from an earlier release, or applied by hand, is taken over.
        self.install("--take-ownership", "--force-conflicts")

    def uninstall(self) -> str:
        """`helm uninstall`; the CRD and the bots stay."""
        return self.kube.helm("uninstall", self.name, "--namespace", self.namespace, "--wait")

    def deployment(self) -> Manifest:
        """Return its Deployment."""
        found = self.kube.list("deployments", self.namespace, f"app.kubernetes.io/instance={self.name}")
        if not found:
            raise NotYetError(f"there is no Deployment of the operator in {self.namespace}")
        return found[0]

    @property
    def pod(self) -> Pod:
        """Its pod; NotYetError where there is none that is to stay."""
        staying = [pod["metadata"]["name"] for pod in self._pods() if "deletionTimestamp" not in pod["metadata"]]
        if not staying:
            raise NotYetError(f"the operator has no pod in {self.namespace}")
        return Pod(self.kube, self.namespace, staying[0], reachable=self._reachable)

    def wait_ready(self, *, seconds: float = 90) -> None:
        """Wait until its current pod, and no other, is ready."""

        def look() -> dict[str, Any]:
            found = self.deployment()
            status = found.get("status", {})
            wanted = {
                "observedGeneration": found["metadata"]["generation"],
                "updatedReplicas": found["spec"]["replicas"],
                "readyReplicas": found["spec"]["replicas"],
                "replicas": found["spec"]["replicas"],
            }
            return {key: status.get(key, 0) for key, value in wanted.items() if status.get(key, 0) != value}

        wait_for("operator that is ready", look, lambda seen: not seen, seconds=seconds)

    def scale(self, replicas: int) -> None:
        """Set its number of replicas, and wait until it is so; 0 is an operator that is down."""
        name = self.deployment()["metadata"]["name"]
        self.kube.kubectl("scale", f"deployment/{name}", f"--replicas={replicas}", namespace=self.namespace)
        self.wait_ready()
        if replicas == 0:
            wait_for("end of the operator's pods", self._pods, lambda pods: not pods)

    @contextmanager
    def down(self) -> Iterator[None]:
        """Do without it for a while."""
        self.scale(0)
        try:
            yield
        finally:
            self.scale(1)

    def kill(self, node: OwnNode | None) -> None:
        """Kill its process with no chance to tidy up; without a node of our own, by a deletion without grace."""
        if node:
            node.signal(wait_for("the operator's pod", lambda: self.pod), signal.SIGKILL)
        else:
            self.pod.delete(grace_seconds=0)

    def logs(self, *, previous: bool = False) -> str:
        """Return what it has logged."""
        return self.pod.logs(previous=previous)

    def metrics(self) -> str:
        """Return its /metrics."""
        code, text = self.pod.http("/metrics")
        assert code == 200, f"the operator's /metrics answers {code}: {text[:500]}"
        return text

    def _replicas(self) -> int:
        try:
            return int(self.deployment()["spec"]["replicas"])
        except NotYetError:
            return 0

    def _pods(self) -> list[Manifest]:
        labels = self.deployment()["spec"]["selector"]["matchLabels"]
        return self.kube.list("pods", self.namespace, ",".join(f"{key}={value}" for key, value in labels.items()))
