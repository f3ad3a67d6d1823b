"""A quick image for development: this tree's Python laid as one thin layer over the last image that was built in full.

Made and loaded in seconds, where the Dockerfile takes a minute. It is not what is shipped: `make test` never uses it.
"""

import hashlib
import io
import json
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any

from scripts import image
from tests.e2e.cluster import images, places
from tests.e2e.cluster.errors import ClusterError
from tests.e2e.cluster.saying import say

PACKAGES = ("adapters", "bots", "strategies")
CONTENT = (*PACKAGES, "operator", "configs")
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar"


def name() -> str:
    """Return the name of the thin image of this tree."""
    return f"{image.REPOSITORY}:thin-{image.digest(CONTENT)}"


def load() -> str:
    """Make the thin image, unless the node has it, and return its name."""
    wanted = name()
    if wanted in images.names():
        return wanted
    base = _base()
    with tarfile.open(base) as archive:
        (described,) = json.load(_member(archive, "manifest.json"))
        config = json.load(_member(archive, described["Config"]))
        below = [(digest, archive.getmember(layer).size) for digest, layer in _layers(config, archive, described)]
    if f"{image.REPOSITORY}:{base.stem}" not in images.names():
        images.load(base)
    layer = _layer()
    digest = f"sha256:{hashlib.sha256(layer).hexdigest()}"
    config["rootfs"]["diff_ids"].append(digest)
    config.setdefault("history", []).append({"created_by": "tests/e2e: this tree's Python"})
    draft = places.STATE / "thin.tar"
    draft.write_bytes(_archive(wanted, config, [*below, (digest, len(layer))], layer))
    images.load(draft)
    draft.unlink()
    say(f"{wanted} lies over {base.name}")
    return wanted


def _base() -> Path:
    """Return the last archive that was built in full, a new one if what lies below the code has changed since."""
    for built in image.OUTPUT.glob("e2e-*.tar"):
        stamp = built.with_suffix(".foundation")
        if stamp.exists() and stamp.read_text() == image.digest(image.FOUNDATION):
            return built
    return image.archive()


def _layers(config: dict[str, Any], archive: tarfile.TarFile, described: dict[str, Any]) -> list[tuple[str, str]]:
    digests = list(config["rootfs"]["diff_ids"])
    for layer in described["Layers"]:
        if archive.getmember(layer).issym():
            raise ClusterError("this archive shares layers by links; build the image with buildah")
    return list(zip(digests, described["Layers"], strict=True))


def _layer() -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for top in CONTENT:
            place = PurePosixPath("app/lib" if top in PACKAGES else "app") / top
            _add(tar, place, None)
            # Hides whatever the layers below have in this folder.
            _add(tar, place / ".wh..wh..opq", b"")
            for path in sorted((places.ROOT / top).rglob("*")):
                if not path.is_file() or "__pycache__" in path.parts:
                    continue
                inside = place / path.relative_to(places.ROOT / top).as_posix()
                _add(tar, inside, path.read_bytes())
    return written.getvalue()


def _archive(wanted: str, config: dict[str, Any], layers: list[tuple[str, int]], layer: bytes) -> bytes:
    """Return an OCI archive without the layers that the node has already."""
    encoded = json.dumps(config).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": len(encoded), "digest": _digest(encoded)},
            "layers": [{"mediaType": LAYER, "size": size, "digest": digest} for digest, size in layers],
        }
    ).encode()
    entry = {
        "mediaType": MANIFEST,
        "size": len(manifest),
        "digest": _digest(manifest),
        "annotations": {"io.containerd.image.name": wanted},
    }
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        _add(tar, PurePosixPath("oci-layout"), b'{"imageLayoutVersion": "1.0.0"}')
        _add(tar, PurePosixPath("index.json"), json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode())
        for blob in (encoded, manifest, layer):
            _add(tar, PurePosixPath("blobs/sha256") / _digest(blob).removeprefix("sha256:"), blob)
    return written.getvalue()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _add(tar: tarfile.TarFile, path: PurePosixPath, content: bytes | None) -> None:
    entry = tarfile.TarInfo(str(path))
    if content is None:
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
    else:
        entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, io.BytesIO(content or b""))


def _member(archive: tarfile.TarFile, path: str) -> Any:
    stream = archive.extractfile(path)
    if stream is None:
        raise ClusterError(f"{path} is missing in the image's archive")
    return stream
