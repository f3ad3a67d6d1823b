"""Where a pod finds its cluster."""

from collections.abc import Mapping


def in_cluster_server(environment: Mapping[str, str]) -> str | None:
    """Return the API server's address as Kubernetes tells it to every pod."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        return None
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
