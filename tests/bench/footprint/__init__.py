"""Twenty processes of a kind on one machine: bots, bare Nautilus nodes, freqtrade; what each costs."""
