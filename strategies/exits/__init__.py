"""The exit mixins, one module each; strategies.registry finds them here."""
