"""A bot's process: its session, the lives of its node, and whether it is well."""
