"""Data sources and brokers, one module each, found through the registry."""
