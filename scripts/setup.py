"""Make .venv what the lock and pyproject.toml say; nothing but the standard library.

A stamp, written last, says what .venv was made from and where. If it is missing or differs, .venv is built anew: an
interrupted, moved or foreign one is never repaired. If only the project's own metadata changed, only the
project is installed again.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "setup-stamp.json"
LOCK = ROOT / "locks" / "dev.lock"


def say(text: str) -> None:
    """Tell the person who waits what is happening."""
    print(f"setup: {text}", flush=True)


def wanted() -> dict[str, str]:
    """Describe the .venv that there should be."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        document = tomllib.load(file)
    metadata = [document["build-system"], document["project"], document["tool"]["setuptools"]]
    return {
        "place": str(ROOT),
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "base": os.path.realpath(sys.base_prefix),
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "project": hashlib.sha256(json.dumps(metadata, sort_keys=True).encode()).hexdigest(),
    }


def found() -> dict[str, str]:
    """Read what .venv was made from, or nothing where it was never finished."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def works() -> bool:
    """Say whether .venv's Python runs and is really .venv's."""
    probe = "import sys; print(sys.prefix)"
    try:
        run = subprocess.run([PYTHON, "-I", "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return run.returncode == 0 and os.path.realpath(run.stdout.strip()) == os.path.realpath(VENV)


def pip(*arguments: str) -> None:
    """Run .venv's pip; its own progress stays visible."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
    }
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    subprocess.run([PYTHON, "-I", "-m", "pip", "install", *arguments], cwd=ROOT, env=environment, check=True)


def build() -> None:
    """Build .venv anew from the lock; only wheels, so that no compiler is needed."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    say(f"making .venv with Python {sys.version.split()[0]}")
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], cwd=ROOT, check=True)
    say("installing the locked dependencies (a few hundred MB the first time)")
    pip("--require-hashes", "--only-binary", ":all:", "-r", str(LOCK))


def install_project() -> None:
    """Install the project itself, editable; its dependencies are there already."""
    say("installing the project")
    pip("--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def set_up() -> None:
    """Do what is missing, then write the stamp."""
    want, have = wanted(), found()
    if have == want and works():
        return
    started = time.monotonic()
    STAMP.unlink(missing_ok=True)
    if have != {**want, "project": have.get("project")} or not works():
        build()
    install_project()
    draft = STAMP.with_suffix(".new")
    draft.write_text(json.dumps(want, indent=2) + "\n", encoding="utf-8")
    draft.replace(STAMP)
    say(f"ready after {time.monotonic() - started:.0f} s")


def is_current(asked_for: str) -> bool:
    """Say, run by .venv's own Python, whether it may stay; a Python that was asked for by name must be its base."""
    if asked_for:
        probe = "import os, sys; print(os.path.realpath(sys.base_prefix))"
        run = subprocess.run([asked_for, "-I", "-c", probe], capture_output=True, text=True, check=False)
        if run.returncode == 0 and run.stdout.strip() != os.path.realpath(sys.base_prefix):
            return False
    return Path(sys.prefix).resolve() == VENV.resolve() and found() == wanted()


def main() -> int:
    """Check (`--check [PYTHON]`) or set up, one process at a time."""
    if sys.argv[1:2] == ["--check"]:
        return 0 if is_current(sys.argv[2]) else 1
    lock = ROOT / "build" / "setup.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is running here; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            set_up()
        except subprocess.CalledProcessError as error:
            say(f"stopped: `{' '.join(map(str, error.cmd[:5]))} ...` failed, see above")
            say("nothing half-made will be used: run make again")
            return 1
        except KeyboardInterrupt:
            say("interrupted; the next run starts .venv anew")
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
