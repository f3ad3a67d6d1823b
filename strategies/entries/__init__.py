"""The entry mixins, one module each; strategies.registry finds them here."""
