"""What the commands of `tradingbot` do, one module each; the command line itself is bots/cli.py."""
