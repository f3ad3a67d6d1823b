"""Interactive Brokers, through TWS or IB Gateway: bars and orders over one connection."""
