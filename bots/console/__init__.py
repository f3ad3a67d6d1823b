"""The console: one process that looks at all bots, tells people what happens to them, and takes their commands."""
