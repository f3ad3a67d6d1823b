"""The journal: the truth about what a bot meant to do, did, and has."""
