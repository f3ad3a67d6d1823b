"""Images on the node: brought in as archives, and the one that the node itself needs."""

import hashlib
import io
import json
import platform
import subprocess
import tarfile
from pathlib import Path

from tests.e2e.cluster import places
from tests.e2e.cluster.components import PAUSE
from tests.e2e.cluster.errors import ClusterError


def ctr(*arguments: str) -> str:
    """Run containerd's own client on the node's containerd."""
    run = subprocess.run(
        ["ctr", "--address", str(places.SOCKET), "--namespace", "k8s.io", *arguments],
        capture_output=True,
        text=True,
        env=places.environment(),
    )
    if run.returncode:
        raise ClusterError(f"`ctr {' '.join(arguments[:3])}` failed: {run.stderr[-2000:]}")
    return run.stdout


def load(archive: Path) -> list[str]:
    """Bring the images of an archive onto the node and return their names."""
    said = ctr("images", "import", str(archive))
    return [line.split()[1] for line in said.splitlines() if line.startswith("unpacking ")]


def names() -> list[str]:
    """Return the names of all images on the node."""
    return ctr("images", "ls", "-q").split()


def forget_others(prefix: str, kept: str) -> None:
    """Forget images whose names begin alike, but one and those in use: each may take gigabytes."""
    digests = {line.split()[0]: line.split()[2] for line in ctr("images", "ls").splitlines()[1:]}
    used = {line.split()[1] for line in ctr("containers", "ls").splitlines()[1:]}
    needed = {digests[name] for name in {kept, *used} if name in digests}
    old = {digest for name, digest in digests.items() if name.startswith(prefix) and digest not in needed}
    if old:
        ctr("images", "rm", *(name for name, digest in digests.items() if digest in old))


def load_pause() -> None:
    """Bring in the image that holds a pod's namespaces open."""
    archive = places.STATE / "pause.tar"
    layer = _tar({"pause": ((places.PROGRAMS / "pause").read_bytes(), 0o755)})
    digest = hashlib.sha256(layer).hexdigest()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Entrypoint": ["/pause"], "User": "65535:65535"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [PAUSE], "Layers": ["layer.tar"]}]
    parts = {
        "layer.tar": (layer, 0o644),
        "config.json": (json.dumps(config).encode(), 0o644),
        "manifest.json": (json.dumps(manifest).encode(), 0o644),
    }
    archive.write_bytes(_tar(parts))
    load(archive)


def _tar(files: dict[str, tuple[bytes, int]]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, (content, mode) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return written.getvalue()
