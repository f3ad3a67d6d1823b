"""The version, in one place: the package, the command and the metrics read it here."""

VERSION = "0.1.0"
