"""What the custom resource is called, and the names by which people and the operator talk about it."""

GROUP = "tradingbots.dev"
VERSION = "v1alpha1"
KIND = "TradingBot"
PLURAL = "tradingbots"
SINGULAR = "tradingbot"
SHORT_NAME = "tbot"
CATEGORY = "trading"
API_VERSION = f"{GROUP}/{VERSION}"

FINALIZER = f"{GROUP}/close-position"
"""Keeps a deleted bot until its position is closed."""
SKIP_CLOSE = f"{GROUP}/skip-close"
"""Annotation: "true" lets a deleted bot go with its position open."""
HALT = f"{GROUP}/halt"
"""Annotation: halts the bot in the mode that it names; taken away, the bot is resumed."""
RESTART = f"{GROUP}/restart"
"""Annotation: a changed value replaces the pod."""

NAME_LIMIT = 40
"""Longest name of a bot, in characters: the names of its children are made of it."""
NAME = "[a-z]([-a-z0-9]*[a-z0-9])?"
"""Pattern of a bot's name, a label of DNS-1035: a Service bears it."""

BOT_LABEL = f"{GROUP}/bot"
LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", BOT_LABEL)
"""Labels that the operator sets on a bot's children; pods are found by them."""
APPLIED = f"{GROUP}/applied"
"""Annotation of a StatefulSet: what all children of the bot were made from."""
REVISION = f"{GROUP}/revision"
"""Annotation of a pod: what the pod was made from."""
CONFIG = f"{GROUP}/config"
"""Annotation of a pod: which document it was started with."""
LAST_WORDS = f"{GROUP}/last-words"
"""Annotation of a stopped bot's StatefulSet: what the bot held when it was stopped."""
ANNOTATIONS = (APPLIED, REVISION, CONFIG, LAST_WORDS)
"""Annotations that the operator sets on a bot's children; changes are found by them."""
