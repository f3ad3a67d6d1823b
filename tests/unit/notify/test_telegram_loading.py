"""Who uses no Telegram does not pay for its library."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
_LOADING = """
import sys
from bots.config.outputs import Notifications
from bots.notify.commands.alone import Alone
from bots.notify.notifiers import notifiers, obeying
notifiers(Notifications(enabled=True), {})
obeying([], None)
print(sorted({name.partition(".")[0] for name in sys.modules} & {"telegram", "httpx"}))
"""


def test_the_library_is_loaded_only_where_telegram_is_asked_for() -> None:
    told = subprocess.run([sys.executable, "-c", _LOADING], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
