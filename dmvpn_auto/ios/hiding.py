"""Output of routers without its secrets, which is the only form that is kept or shown.

Hidden are the secrets of configuration lines, wherever such a line stands: in a running
configuration, or in the log of what somebody typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dmvpn_auto.ios.masking import mask

_MAY_HOLD_ONE = re.compile(
    r"key|password|secret|authenticat|encryption|community|snmp|pap|chap|psk|://", re.IGNORECASE
)
_LOGGED = re.compile(
    r"^(?P<head>.*(?:logged command|LOGGEDCMD|command|CLI):\s*"
    r"|\s*[\w.:/@~-]{1,63}\([\w-]+\)[#>]\s*)"
    r"(?P<typed>\S.*)$"
)
"""What somebody typed: in the log, or behind a prompt of configuration mode."""


def hide(text: str, line: Callable[[str], str] = mask) -> str:
    """Return the text with `<secret>` in place of secrets; what was hidden before stays as it is.

    `line` hides the secret of one configuration line.
    """
    if not _MAY_HOLD_ONE.search(text):
        return text
    return "".join(_hide(one, line) for one in text.splitlines(keepends=True))


def _hide(text: str, line: Callable[[str], str]) -> str:
    if not _MAY_HOLD_ONE.search(text) or "<secret" in text:
        return text
    body = text.rstrip("\r\n")
    end = text[len(body) :]
    logged = _LOGGED.match(body)
    if logged:
        return logged["head"] + line(logged["typed"]) + end
    return line(body) + end
