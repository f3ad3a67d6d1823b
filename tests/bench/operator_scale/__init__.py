"""The operator beside somebody who applies the same objects by hand, on a real API server with pretended nodes."""
