"""Bots on this machine: a folder of documents, a process for each."""

from bots.web.at_home.home import AtHome

__all__ = ["AtHome"]
