"""What a failed test leaves for the person who asks why: everything of its namespaces, as it was when it failed."""

import re
import shutil
from pathlib import Path

from tests.e2e.cluster import places
from tests.e2e.kube import CommandError, Kube

FOLDER = places.ROOT / "build" / "e2e"
# Secrets are left out: on another cluster they may be real.
KINDS = "all,tradingbots,persistentvolumeclaims,configmaps,networkpolicies,leases,events"


def leave(kube: Kube, test: str, namespaces: list[str], *, own: bool) -> Path:
    """Write down all that can be known, and return the folder; what cannot be read is said there."""
    folder = FOLDER / re.sub(r"[^A-Za-z0-9_.-]+", "_", test)[-120:]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for namespace in namespaces:
        _write(kube, folder / f"{namespace}.txt", "get", KINDS, "-o", "wide", "-n", namespace)
        _write(kube, folder / f"{namespace}.yaml", "get", KINDS, "-o", "yaml", "-n", namespace)
        _write(kube, folder / f"{namespace}.pods.txt", "describe", "pods", "-n", namespace)
        for pod in _pods(kube, folder, namespace):
            for suffix, options in (("", ()), (".previous", ("--previous",))):
                file = folder / f"{namespace}.{pod}{suffix}.log"
                _write(kube, file, "logs", pod, "--all-containers", "--timestamps", "-n", namespace, *options)
    _write(kube, folder / "cluster.txt", "get", "nodes,persistentvolumes,namespaces,crds", "-o", "wide")
    if own:
        for log in places.LOGS.glob("*.log"):
            (folder / f"node.{log.name}").write_text("\n".join(log.read_text(errors="replace").splitlines()[-2000:]))
    return folder


def _pods(kube: Kube, folder: Path, namespace: str) -> list[str]:
    try:
        names = kube.kubectl("get", "pods", "-n", namespace, "-o", "name", seconds=20)
    except Exception as error:
        (folder / f"{namespace}.logs-missing.txt").write_text(
            f"pods could not be listed, so there are no logs: {error}"
        )
        return []
    return [line.removeprefix("pod/") for line in names.split() if line.startswith("pod/")]


def _write(kube: Kube, file: Path, *arguments: str) -> None:
    try:
        text = kube.kubectl(*arguments, seconds=20)
    except CommandError as error:
        if "--previous" in arguments:
            return
        text = str(error)
    except Exception as error:
        text = f"could not be read: {error}"
    file.write_text(text)
