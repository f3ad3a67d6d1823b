"""Where the node keeps what it made, and where its programs lie. Nothing of it is inside the repository."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# Thrown away by `down`; the path is short because sockets lie in it.
STATE = Path(os.environ.get("TRADINGBOT_CLUSTER_DIR", "/tmp/tradingbot-cluster"))
# Kept between runs: building the programs takes minutes.
CACHE = Path(
    os.environ.get("TRADINGBOT_CLUSTER_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tradingbot-cluster"
)
# Beside the state and not in it, since `down` removes the state.
LOCK = STATE.with_name(STATE.name + ".lock")

PROGRAMS = CACHE / "bin"
UNPACKED = CACHE / "debian"
KUBECONFIG = STATE / "admin.conf"
SOCKET = STATE / "containerd.sock"
VOLUMES = STATE / "volumes"
LOGS = STATE / "log"
RECORDS = STATE / "run"
KEYS = STATE / "pki"

NODE = "node1"
BRIDGE = "tradingbot0"


def search_path() -> str:
    """Return PATH with the node's own programs first and the system folders, which a user's PATH may lack, last."""
    own = [PROGRAMS, UNPACKED / "usr/bin", UNPACKED / "usr/sbin"]
    return os.pathsep.join([*map(str, own), os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def program(name: str) -> str | None:
    """Return where a program lies, or None."""
    return shutil.which(name, path=search_path())


def network_plugins() -> Path | None:
    """Return the folder with the CNI plugins that the node needs, or None."""
    for folder in (UNPACKED / "usr/lib/cni", Path("/usr/lib/cni"), Path("/opt/cni/bin")):
        if (folder / "bridge").exists() and (folder / "host-local").exists():
            return folder
    return None


def environment() -> dict[str, str]:
    """Return the environment in which kubectl, helm and the node's programs run."""
    return {**os.environ, "PATH": search_path(), "KUBECONFIG": str(KUBECONFIG)}
