"""Telling people: the journal's events, carried to where they read."""
