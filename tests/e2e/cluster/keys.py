"""The node's certificates, keys and kubeconfigs, made anew for each node."""

import base64
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

from tests.e2e.cluster import places
from tests.e2e.cluster.errors import ClusterError

DAYS = "30"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")

# Name of the file -> subject.
CLIENTS = {
    "admin": "/O=system:masters/CN=admin",
    "controller-manager": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
    "kubelet": f"/O=system:nodes/CN=system:node:{places.NODE}",
}


def make(addresses: list[str], server: str) -> None:
    """Make all keys; `addresses` are the IP addresses at which the API server is asked, `server` is its URL."""
    places.KEYS.mkdir(parents=True, exist_ok=True)
    # Python 3.13 refuses a CA without keyUsage.
    _openssl(
        *("req", "-x509", *CURVE, "-days", DAYS, "-subj", "/CN=tradingbot-test-ca", "-keyout", "ca.key"),
        *("-out", "ca.crt", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    names = ["DNS:localhost", "DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc"]
    wanted = {name: (subject, f"DNS:{name}") for name, subject in CLIENTS.items()}
    wanted["apiserver"] = "/CN=kube-apiserver", ",".join(names + [f"IP:{address}" for address in addresses])
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda item: _certificate(item[0], *item[1]), wanted.items()))
    _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "sa.key")
    _openssl("ec", "-in", "sa.key", "-pubout", "-out", "sa.pub")
    for name in CLIENTS:
        _kubeconfig(name, server)


def _certificate(name: str, subject: str, alternatives: str) -> None:
    _openssl(
        *("req", "-x509", *CURVE, "-days", DAYS, "-subj", subject, "-CA", "ca.crt", "-CAkey", "ca.key"),
        *("-keyout", f"{name}.key", "-out", f"{name}.crt", "-addext", f"subjectAltName={alternatives}"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
    )


def _kubeconfig(name: str, server: str) -> None:
    def encoded(file: str) -> str:
        return base64.b64encode((places.KEYS / file).read_bytes()).decode()

    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tradingbot",
        "clusters": [
            {"name": "tradingbot", "cluster": {"server": server, "certificate-authority-data": encoded("ca.crt")}}
        ],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": encoded(f"{name}.crt"),
                    "client-key-data": encoded(f"{name}.key"),
                },
            }
        ],
        "contexts": [{"name": "tradingbot", "context": {"cluster": "tradingbot", "user": name}}],
    }
    path = places.STATE / f"{name}.conf"
    path.touch(mode=0o600)
    path.write_text(json.dumps(document))


def _openssl(*arguments: str) -> None:
    run = subprocess.run(
        [places.program("openssl") or "openssl", *arguments], cwd=places.KEYS, capture_output=True, text=True
    )
    if run.returncode:
        raise ClusterError(f"`openssl {' '.join(arguments)}` failed: {run.stderr[-1000:]}")
