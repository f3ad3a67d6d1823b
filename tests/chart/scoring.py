"""What kube-score says of manifests."""

import subprocess

from tests.chart.rendering import program_or_skip

# IfNotPresent is right for a pinned image; a node without storage isolation cannot place a request for it.
IGNORED = ("container-image-pull-policy", "container-ephemeral-storage-request-and-limit")


def critical(manifests: str, *ignored: str) -> list[str]:
    """Return the critical findings on some manifests."""
    score = program_or_skip("kube-score")
    options = [option for test in (*IGNORED, *ignored) for option in ("--ignore-test", test)]
    # kube-score knows no Kubernetes newer than its own release; what it checks is older than that.
    run = subprocess.run(
        [score, "score", "--output-format", "ci", *options, "-"],
        input=manifests, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "[OK]" in run.stdout, run.stderr
    return [line for line in run.stdout.splitlines() if line.startswith("[CRITICAL]")]
