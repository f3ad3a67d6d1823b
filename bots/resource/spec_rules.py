"""What the schema of a TradingBot's spec cannot say by itself, in CEL."""

from bots.config.wording import Node
from bots.resource.document_rules import quoted, rule
from bots.resource.names import ANNOTATIONS, LABELS, NAME, NAME_LIMIT
from bots.resource.values import IS_NO_KEY, IS_OURS, IS_SECRET, KEY, OURS, RESOURCES, SECRET

OPERATOR = "(has(self.operator) ? self.operator : 'Equal')"
KEYS = rule(f"self.all(key, key.matches('{KEY}'))", f"a key {IS_NO_KEY}")
NEW_KEYS = [KEYS, *(rule(f"!('{key}' in self)", f"{key} {IS_OURS}") for key in (*LABELS, *ANNOTATIONS))]


def name_rules() -> list[Node]:
    """Return what a bot may be called; the rules stand at the resource's root, which alone sees the name."""
    return [
        rule(
            f"self.metadata.name.matches('^{NAME}$')",
            "the name of a bot begins with a small letter, and has small letters, digits and '-' after it "
            "(none at the end)",
        ),
        rule(
            f"self.metadata.name.size() <= {NAME_LIMIT}",
            f"the name of a bot has at most {NAME_LIMIT} characters",
        ),
    ]


def spec_rules() -> dict[str, list[Node]]:
    """Return the rules of the spec by the models that they belong to."""
    return {
        "EnvVar": [
            rule(f"!(self.name in {quoted(OURS)})", IS_OURS, ".name", f"self.name + ' {IS_OURS}'"),
            rule(f"!(self.name in {quoted(SECRET)})", IS_SECRET, ".name", f"self.name + ' {IS_SECRET}'"),
        ],
        "TradingBotSpec.nodeSelector": [KEYS],
        "TradingBotSpec.podLabels": NEW_KEYS,
        "TradingBotSpec.podAnnotations": NEW_KEYS,
        "Resources": [
            rule(
                f"!has(self.requests) || !has(self.limits) || !has(self.requests.{key}) || !has(self.limits.{key}) || "
                f"quantity(string(self.requests.{key})).compareTo(quantity(string(self.limits.{key}))) <= 0",
                f"requests.{name} is more than limits.{name}, lower it or raise the limit",
                ".requests",
            )
            for name, key in ((name, name.replace("-", "__dash__")) for name in RESOURCES)
        ],
        "Toleration": [
            rule(
                f"{OPERATOR} != 'Exists' || (has(self.value) ? self.value : '') == ''",
                "means nothing to the operator Exists, leave it out",
                ".value",
            ),
            rule(
                f"(has(self.key) ? self.key : '') != '' || {OPERATOR} == 'Exists'",
                "must be Exists where no key is given",
                ".operator",
            ),
            rule(
                "!has(self.tolerationSeconds) || (has(self.effect) ? self.effect : '') == 'NoExecute'",
                "goes with the effect NoExecute only",
                ".tolerationSeconds",
            ),
        ],
    }
