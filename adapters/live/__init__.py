"""Venues on the network: the two ports that one implements, and the Nautilus clients that all of them share."""
