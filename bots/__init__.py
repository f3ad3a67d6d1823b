"""One bot, one process: the document, the trader, the journal, the node, and what is seen from outside."""

__version__ = "0.1.0"
