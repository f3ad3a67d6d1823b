"""What people may do."""

from enum import StrEnum


class Role(StrEnum):
    """A viewer looks; an operator also acts."""

    VIEWER = "viewer"
    OPERATOR = "operator"
