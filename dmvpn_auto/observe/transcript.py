"""Pasted or recorded output, reduced to the lines that the show command itself printed.

Removed, because they are no part of the answer: carriage returns, terminal escapes, `--More--`
and the backspaces that erase it, the prompt with the command, the banner of `terminal exec prompt
timestamp`, asynchronous log messages. A transcript with several commands is cut: only what
follows the wanted command stays. Everything else is kept, because a line nobody understands must
show up as unparsed and not vanish here. `sections` cuts a transcript at every command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_LONGEST = 1000  # characters: no prompt, heading or log message is longer
_TYPESET = str.maketrans("\u00a0\u2013\u2014\u2018\u2019\u201c\u201d", " --''\"\"")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")
_MORE = re.compile(r"\s?(?<!-)-{2,}\s*[Mm]ore\s*-{2,}(?:\s*\x08+\s*\x08+|\s*\r)?")
_PROMPT = re.compile(
    r"^\s*(?P<host>[A-Za-z0-9][\w.:/@~-]{0,62})(?:\([\w-]+\))?[#>]\s*(?P<typed>\S.*)?$"
)
_VERB = re.compile(
    r"(?:do\s+)?(?:sh(?:ow?)?|ping|trac\w*|conf\w*|ter\w*|exit|end|en(?:a\w*)?|dis\w*|wr\w*|copy|deb\w*"
    r"|un\w*|u|no|cle\w*|dir|more|reload|telnet|ssh|test|tclsh|logout|quit|mon\w*|ver\w*|del\w*"
    r"|int\w*|router|ip|ipv6|crypto|event|license)\b",
    re.IGNORECASE,
)
_DECORATION = re.compile(r"^[\W_]+|[\s=#*!+~:-]+$")
_HEADER = re.compile(
    r"^\s?(?:[-=#*!+~]{2,}\s*)?(?P<typed>(?:do )?(?:sh(?:ow?)?|ping|traceroute)\s+[^-=#*!+~\s].*?)"
    r"\s*[-=#*!+~:]*$",
    re.IGNORECASE,
)
_TIMESTAMP = re.compile(
    r"^\s*(?:Load for five secs: \d+%(?:/\d+%)?; one minute: \d+%; five minutes: \d+%"
    r"|Time source is .*\d\d:\d\d:\d\d.*|No time source, .*\d\d:\d\d:\d\d.*)$"
)
_LOG = re.compile(r"^\s*(?:\S.{0,60}: )?%[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)?-[0-7]-[A-Z0-9_]+: ")


@dataclass(frozen=True, slots=True)
class Section:
    """What one typed command printed; `host` is None when no prompt names the router.

    Text in front of the first command has an empty `command`. `ended` is False where the command
    stands behind a prompt and the log stops before the next one: the output may have gone on.
    """

    host: str | None
    command: str
    text: str
    ended: bool = True


def sections(text: str) -> Iterator[Section]:
    """Cut a session log or a support bundle at its commands, those of several routers too.

    A command stands behind a prompt (`hub1#show dmvpn`), alone in its line (`show dmvpn`) or in a
    heading (`------- show dmvpn -------`). Headings belong to the router of the last prompt.
    """
    prompts = _Prompts()
    host: str | None = None
    command = ""
    body: list[str] = []
    ended = True
    for line in _plain(text):
        typed = prompts.typed(line)
        prompted = typed is not None
        if typed:
            name = prompts.host(line)
        elif typed is None and len(line) <= _LONGEST and (header := _HEADER.match(line)):
            typed, name = header["typed"], host
        if not typed:
            ended = ended or prompted
            body.append(line)
            continue
        if command or body:
            yield Section(host, command, "\n".join(body))
        host, command, body, ended = name, _without_do(typed), [], not prompted
    if command or body:
        yield Section(host, command, "\n".join(body), ended)


def clean(
    text: str,
    is_wanted: Callable[[str], bool],
    *,
    keep_messages: bool = False,
    keep_blank: bool = False,
) -> list[str]:
    """Return the lines of the command's own output, without trailing blanks.

    `is_wanted` says whether a line somebody typed is the command whose output is asked for; when
    no prompt carries that command, the whole text counts as its output. `keep_messages` keeps log
    messages, which are noise in every other output; `keep_blank` keeps blank lines.
    """
    kept: list[str] = []
    first: list[str] = []  # what stands in front of the first command, or below it
    seen = False
    prompts = _Prompts()
    for line in _plain(text, keep_blank=keep_blank):
        typed = prompts.typed(line)
        if typed is None:
            noise = _is_stamp(line) or (not keep_messages and _is_message(line))
            if not noise and (kept or (line and not _is_echo(line, is_wanted))):
                kept.append(line)
        elif typed and is_wanted(_without_do(typed)):
            kept.clear()
            seen = True
        elif typed:
            if seen:
                return kept
            first = first or kept[:]
            kept.clear()
    return kept if seen else first or kept


def untypeset(text: str) -> str:
    """Return `text` with the characters that a router prints, where an editor set finer ones."""
    return text if text.isascii() else text.translate(_TYPESET)


def stops_at_more(text: str) -> bool:
    """Whether nothing follows the pager's prompt: whoever copied the text pressed no key."""
    return re.search(r"-{2,} ?[Mm]ore ?-{2,}\s*$", text[-200:]) is not None


def _plain(text: str, *, keep_blank: bool = False) -> Iterator[str]:
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    if "-More-" in text or "-more-" in text:
        text = _MORE.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x08", "")
    for raw in text.split("\n"):
        line = raw.rstrip()
        if line or keep_blank:
            yield line


class _Prompts:
    """Tells prompts from output that looks like one (`Device#   PID   SN` in `show version`).

    A name is a router's once something that people type on routers stood behind it.
    """

    def __init__(self) -> None:
        self._hosts: set[str] = set()

    def typed(self, line: str) -> str | None:
        """Return what stands after the prompt ("" for a bare one), None for other lines."""
        if ("#" not in line and ">" not in line) or len(line) > _LONGEST:
            return None
        prompt = _PROMPT.match(line)
        if prompt is None:
            return None
        typed = prompt["typed"] or ""
        if prompt["host"] in self._hosts or _VERB.match(typed):
            self._hosts.add(prompt["host"])
            return typed
        return None if typed else ""

    def host(self, line: str) -> str | None:
        """Return the router of a prompt."""
        prompt = _PROMPT.match(line)
        return prompt["host"] if prompt else None


def _is_stamp(line: str) -> bool:
    return (
        ("ime" in line or "Load" in line)
        and len(line) <= _LONGEST
        and _TIMESTAMP.match(line) is not None
    )


def _is_message(line: str) -> bool:
    return "%" in line and len(line) <= _LONGEST and _LOG.match(line) is not None


def _is_echo(line: str, is_wanted: Callable[[str], bool]) -> bool:
    """Whether `line` is the command itself, as scripts and people put it above the output."""
    if len(line) > _LONGEST:
        return False
    words = _DECORATION.sub("", line)
    _, said, after = words.partition("executing command ")
    return is_wanted(_without_do(after.strip("' +:") if said else words.strip()))


def _without_do(typed: str) -> str:
    words = typed.split(maxsplit=1)
    return words[1] if len(words) == 2 and words[0].lower() == "do" else typed
