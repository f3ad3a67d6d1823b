"""What goes wrong with the node itself."""


class ClusterError(Exception):
    """The node cannot do what was asked; the message says why and, where possible, what to do."""
