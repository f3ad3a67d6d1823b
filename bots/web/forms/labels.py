"""Keys as people read them."""

_SHORT = {"pct": "%", "bb": "Bollinger", "rsi": "RSI", "atr": "ATR", "ema": "EMA", "sma": "SMA", "id": "ID"}
_ALWAYS_CAPITAL = {"http": "HTTP", "ws": "WebSocket", "dev": "deviations", "params": "parameters"}


def label_of(key: str) -> str:
    """Return a key as a label: `max_drawdown_pct` is `Max drawdown %`."""
    for prefix in ("e_", "x_"):
        key = key.removeprefix(prefix)
    words = [_SHORT.get(word, _ALWAYS_CAPITAL.get(word, word)) for word in key.split("_")]
    label = " ".join(words)
    return label[:1].upper() + label[1:]
