"""Binance spot on loopback: REST, market streams and user data over the exchange's own wire, stricter than it.

    with SpotDouble(bars, past=30) as double:
        ...a bot with data.endpoints and broker.endpoints of `double.endpoints`...
        double.push()                      # the next bar closes
        double.faults.add(Fault("POST", "/api/v3/order", after="hang"))
        double.requests, double.position(), double.orders()

The market has a clock of its own: the opening of the bar that forms. Requests are judged by the wall clock.
"""
