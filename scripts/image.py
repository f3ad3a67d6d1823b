"""Build the image from the Dockerfile, with Docker, Podman, or (where neither runs) buildah.

usage: python scripts/image.py [--print-name]

The image is named by a digest of what it is made of, so that an unchanged tree is not built twice; `:e2e` is
another name of the newest. The archive, which `docker load` and `ctr images import` take, is build/image/NAME.tar.

buildah needs no daemon and no image registry: it runs in a chroot, on a Debian made by debootstrap unless BASE names
an image. Certificates and pip's settings of this machine are lent to the build and do not stay in the image.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INPUTS = (
    "Dockerfile", ".dockerignore", "pyproject.toml", "LICENSE", "locks", "adapters", "bots", "strategies", "operator",
    "configs",
)  # fmt: skip
# What decides on all that lies below the project's own code.
FOUNDATION = ("Dockerfile", ".dockerignore", "locks")
REPOSITORY = "localhost/tradingbot"
OUTPUT = ROOT / "build" / "image"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tradingbot-image"
DEBIAN = "trixie"
DEBIAN_BASE = f"localhost/tradingbot-base:{DEBIAN}"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Layers dated alike are alike; a zip cannot be older than 1980.
EPOCH = "315532800"


class ImageError(Exception):
    """The image cannot be built; the message says why and what to do."""


def say(text: str) -> None:
    """Tell the person who waits what is happening."""
    print(f"image: {text}", file=sys.stderr, flush=True)


def digest(names: tuple[str, ...] = INPUTS) -> str:
    """Return a digest of the files that the image is made of."""
    summed = hashlib.sha256(os.environ.get("BASE", "").encode())
    for name in names:
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                summed.update(f"{path.relative_to(ROOT)}\0{path.stat().st_mode & 0o111}\0".encode())
                summed.update(hashlib.sha256(path.read_bytes()).digest())
    return summed.hexdigest()[:12]


def name() -> str:
    """Return the name of the image of this tree."""
    return f"{REPOSITORY}:e2e-{digest()}"


def archive() -> Path:
    """Return the archive of this tree's image, built if it is not there yet."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with (OUTPUT / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another build is running here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        image = name()
        wanted = OUTPUT / f"{image.rpartition(':')[2]}.tar"
        if not wanted.exists():
            _build(image, wanted)
        return wanted


def _build(image: str, wanted: Path) -> None:
    begun, foundation = time.monotonic(), digest(FOUNDATION)
    engine = found_engine()
    if engine is None:
        raise ImageError(
            "no way to build an image here: a running Docker, Podman, or (as root) Debian's buildah and debootstrap; "
            "`make cluster` brings the last two"
        )
    say(f"building {image} with {engine}")
    # Archives are large; one is enough.
    for old in OUTPUT.glob("e2e-*"):
        old.unlink()
    draft = wanted.with_suffix(".tar.new")
    names = (image, f"{REPOSITORY}:e2e")
    if engine == "buildah":
        _with_buildah(names, draft)
    else:
        tags = [word for each in names for word in ("--tag", each)]
        base = ["--build-arg", f"BASE={os.environ['BASE']}"] if os.environ.get("BASE") else []
        epoch = ["--build-arg", f"SOURCE_DATE_EPOCH={EPOCH}"]
        lent = _lent(Path(tempfile.gettempdir())) if engine == "podman" else []
        _run(engine, "build", *tags, *base, *epoch, *lent, str(ROOT))
        _run(engine, "save", "--output", str(draft), *names[:1])
    wanted.with_suffix(".foundation").write_text(foundation)
    draft.replace(wanted)
    say(f"built {wanted.relative_to(ROOT)} in {time.monotonic() - begun:.0f} s")


def found_engine() -> str | None:
    """Return the program that can build images here, or None."""
    for engine in ("docker", "podman"):
        if shutil.which(engine) and subprocess.run([engine, "info"], capture_output=True, check=False).returncode == 0:
            return engine
    if os.geteuid() == 0 and shutil.which("buildah") and (os.environ.get("BASE") or shutil.which("debootstrap")):
        return "buildah"
    return None


def _with_buildah(names: tuple[str, ...], draft: Path) -> None:
    base = os.environ.get("BASE") or _debian()
    with tempfile.TemporaryDirectory() as folder:
        _buildah(
            *("bud", "--layers", "--timestamp", EPOCH, "--build-arg", f"BASE={base}"),
            *("--build-arg", f"SOURCE_DATE_EPOCH={EPOCH}", *_lent(Path(folder))),
            *(word for each in names for word in ("--tag", each)),
            str(ROOT),
        )
    _buildah("push", "--quiet", names[0], f"docker-archive:{draft}:{names[0]}")
    _drop_old_images(names[0])


def _drop_old_images(newest: str) -> None:
    """Forget the images of earlier trees; the layers that the next build starts from stay."""
    for line in _buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines():
        if line.startswith(f"{REPOSITORY}:e2e-") and line != newest:
            _buildah("rmi", line)


def _debian() -> str:
    """Return the base image, made by debootstrap unless it was made before."""
    if DEBIAN_BASE in _buildah("images", "--format", "{{.Name}}:{{.Tag}}").split():
        return DEBIAN_BASE
    say(f"making a base image of Debian {DEBIAN} with debootstrap (about a minute)")
    packages = "--include=python3,python3-venv,ca-certificates"
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        root = Path(folder) / "root"
        _run("debootstrap", "--variant=minbase", packages, DEBIAN, str(root))
        shutil.rmtree(root / "var/cache/apt", ignore_errors=True)
        shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)
        # The Dockerfile says python, as the official image does.
        if not (root / "usr/bin/python").exists():
            (root / "usr/bin/python").symlink_to("python3")
        container = _buildah("from", "scratch").strip()
        _buildah("copy", "--quiet", container, str(root), "/")
        _buildah("commit", "--quiet", "--timestamp", EPOCH, "--rm", container, DEBIAN_BASE)
    return DEBIAN_BASE


def _lent(folder: Path) -> list[str]:
    """Return options that lend the build this machine's certificates and pip's settings (indexes, proxies)."""
    mounts: set[Path] = {CERTIFICATES} if CERTIFICATES.exists() else set()
    settings: dict[str, str] = {}
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    for key, value in re.findall(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE):
        if key not in {"user", "target", "prefix", "require-virtualenv"}:
            settings[key] = value
            mounts.update(Path(word) for word in value.split() if word.startswith("/") and Path(word).exists())
    if settings:
        file = folder / "tradingbot-pip.conf"
        file.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()))
        return [*_volumes(mounts), "--volume", f"{file}:/etc/pip.conf:ro"]
    return _volumes(mounts)


def _volumes(paths: set[Path]) -> list[str]:
    return [word for path in sorted(paths) for word in ("--volume", f"{path}:{path}:ro")]


def _buildah(*arguments: str) -> str:
    CACHE.mkdir(parents=True, exist_ok=True)
    store = ["--root", str(CACHE / "storage"), "--runroot", str(CACHE / "run"), "--storage-driver", _driver()]
    return _run("buildah", *store, *arguments, BUILDAH_ISOLATION="chroot")


def _driver() -> str:
    """Return the storage driver that works here; overlay is many times faster, vfs works everywhere."""
    chosen = CACHE / "driver"
    if not chosen.exists():
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            store = ["--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "overlay"]
            tried = subprocess.run(["/usr/bin/env", "buildah", *store, "info"], capture_output=True, check=False)
            mount = f"{folder}/root/overlay"
            subprocess.run(["/usr/bin/env", "umount", "-l", mount], capture_output=True, check=False)
        chosen.write_text("vfs" if tried.returncode else "overlay")
    return chosen.read_text()


def _run(*command: str, **variables: str) -> str:
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise ImageError(f"`{command[0]} ...` ended with {run.returncode}:\n{(run.stdout + run.stderr)[-3000:]}")
    return run.stdout


def main() -> int:
    """Build, or print the image's name."""
    if sys.argv[1:] == ["--print-name"]:
        print(name())
        return 0
    try:
        say(f"{name()} is in {archive().relative_to(ROOT)}")
    except ImageError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
