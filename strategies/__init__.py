"""The trading rules: entries, exits and what they compute from bars. Free of Nautilus, clock and network."""
