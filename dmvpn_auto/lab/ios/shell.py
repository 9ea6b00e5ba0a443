"""A session at the command line: what a typed line means in the mode it is typed in.

User and privileged mode, configuration and its sub-modes, `do`, `no`, `default`, pipes, questions
with `?` and Tab. Output goes to `write`; where a command needs an answer it sets `asking`, and the
next line is that answer. A line that the current sub-mode does not know is tried in the modes
above it, up to the global one.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from dmvpn_auto.lab.ios import filters, help_texts
from dmvpn_auto.lab.ios.config import Config, Entry, Form, Section, configures
from dmvpn_auto.lab.ios.grammar.execution import Command
from dmvpn_auto.lab.ios.router import Router
from dmvpn_auto.lab.ios.rules import Keep, Line, Meta
from dmvpn_auto.lab.ios.syntax import (
    Ambiguous,
    Failure,
    Graph,
    Incomplete,
    Invalid,
    Match,
    complete,
)

Then = Callable[[str], Awaitable[None]]
_BANNER_END = "\x03"


@dataclass(frozen=True, slots=True)
class Asking:
    """A question to the user; `echo` off for passwords, `single` when one key answers."""

    prompt: str
    then: Then
    echo: bool = True
    single: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a configuration line got: the words of IOS, and whether they refuse it."""

    text: str = ""
    refused: bool = False


_NOTHING = Answer()


@dataclass(slots=True)
class Collecting:
    """Lines that are text: a banner, a certificate, a key."""

    entry: Entry
    section: Section
    end: str
    delimiter: bool
    lines: list[str]


class Shell:
    """One session."""

    def __init__(
        self,
        router: Router,
        user: str,
        privilege: int,
        *,
        write: Callable[[str], None],
        config: Config | None = None,
    ) -> None:
        """`config`: configure this one instead of the router's own (a stored text is read)."""
        self.router = router
        self.user = user
        self.privilege = privilege
        self.write = write
        self.asking: Asking | None = None
        self.closed = False
        self.length, self.width = 24, 80
        self.history: list[str] = []
        self.monitor = False
        self.line, self.host = 0, ""
        """Its vty and the address of the client."""
        self._apart = config
        self._sections: list[Section] | None = None
        self._collecting: Collecting | None = None
        self._last_key = datetime.now().astimezone()

    @property
    def config(self) -> Config:
        """The configuration that this session works on."""
        return self._apart or self.router.config

    @property
    def who(self) -> str:
        """Who is on the line, in the words of the log."""
        line = f"vty{self.line}" + (f" ({self.host})" if self.host else "")
        return f"{self.user} on {line}" if self.user else line

    # --- prompt -----------------------------------------------------------------------------------

    @property
    def configuring(self) -> bool:
        """In configuration mode."""
        return self._sections is not None

    @property
    def prompt(self) -> str:
        """What stands before the cursor."""
        if self.asking:
            return self.asking.prompt
        if self._collecting:
            return ""
        name = self.router.hostname
        if self._sections is None:
            return f"{name}{'#' if self.privilege > 1 else '>'}"
        return f"{name[:20]}({self._mode_prompt()})#"

    def _mode_prompt(self) -> str:
        section = self._sections[-1] if self._sections else None
        if section is None:
            return "config"
        if section.mode.prompt == "config-if" and section.entry and "." in section.entry.text:
            return "config-subif"
        return section.mode.prompt

    # --- entering lines ---------------------------------------------------------------------------

    async def submit(self, line: str) -> None:
        """Act on a line, in any mode."""
        self._last_key = datetime.now().astimezone()
        self.router.revert.typed()
        if self.asking:
            asking, self.asking = self.asking, None
            await asking.then(line)
            return
        if self._sections is not None or self._collecting:
            answer = await self.configure_line(line)
            if answer.text:
                self.write(answer.text)
            return
        await self.execute(line)

    def control_c(self) -> None:
        """Drop the line, the question, and configuration mode."""
        self.asking = None
        self._collecting = None
        self.end()

    def configure(self) -> None:
        """Enter global configuration mode."""
        self._sections = [self.config.top]

    def end(self) -> None:
        """Leave configuration mode; the router logs who configured it."""
        if self._sections is not None and self._apart is None:
            self.router.say(f"%SYS-5-CONFIG_I: Configured from console by {self.who}")
        self._sections = None
        self._unlock()

    def _unlock(self) -> None:
        if self.router.locked_by is self:
            self.router.locked_by = None

    def may_configure(self) -> bool:
        """Tell whether nobody else has locked configuration mode; complain if so."""
        owner = self.router.locked_by
        if owner is None or owner is self:
            return True
        self.write(
            f"Configuration mode is locked by process '{owner.line}' user '{owner.user}' "
            f"from terminal '{owner.line}'. Please try later.\n"
        )
        return False

    def leave(self) -> None:
        """Close the session; a lock does not outlive it."""
        self.closed = True
        self._unlock()

    # --- exec -------------------------------------------------------------------------------------

    def commands(self) -> Graph[Command]:
        """Return the commands of the present privilege."""
        from dmvpn_auto.lab.ios.commands import graph

        return graph(privileged=self.privilege > 1)

    async def execute(self, line: str, *, column: int = 0) -> None:
        """Run an exec command; `column` is where it begins in what was typed."""
        text = line.strip()
        if not text or text.startswith("!"):
            return
        command, pipe, modifier = _cut_pipe(line)
        match = self.commands().match(command, interface_exists=self._interface_known)
        if isinstance(match, Incomplete) and "show".startswith(text.lower()) and len(text) > 1:
            self.write('% Type "show ?" for a list of subcommands\n')
            return
        if not isinstance(match, Match):
            self.write(self._complaint(match, line, column))
            return
        if not pipe:
            await match.rule.run(self, match)
            return
        await self._piped(match, line, modifier, column + len(command) + 1)

    async def _piped(self, match: Match[Command], line: str, modifier: str, column: int) -> None:
        words = modifier.split(None, 1)
        names = complete(words[0], filters.MODIFIERS) if words else []
        if len(names) != 1 or len(words) < 2:
            at = column + len(modifier) - len(modifier.lstrip())
            failure = Invalid(at) if words and not names else Incomplete(at)
            self.write(self._complaint(failure, line, 0))
            return
        kept: list[str] = []
        write, self.write = self.write, kept.append
        try:
            await match.rule.run(self, match)
        finally:
            self.write = write
        try:
            self.write(filters.apply(names[0], words[1], "".join(kept)))
        except ValueError as error:
            self.write(f"% Failed to compile regular expression: {error}\n")

    def _interface_known(self, name: str) -> bool:
        return self.router.config.interface(name) is not None

    def _complaint(self, failure: Failure, line: str, column: int) -> str:
        match failure:
            case Invalid(at):
                blanks = " " * (len(self.prompt) + column + at)
                return f"{blanks}^\n% Invalid input detected at '^' marker.\n\n"
            case Incomplete():
                return "% Incomplete command.\n\n"
            case Ambiguous():
                return f'% Ambiguous command:  "{line.strip()}"\n'

    # --- configuration ----------------------------------------------------------------------------

    async def configure_line(self, line: str, *, apply: bool = True) -> Answer:
        """Take a configuration line; return what IOS says."""
        if self._collecting:
            return self._collect(line)
        text = line.strip()
        if not text or text.startswith("!") or self._sections is None:
            return _NOTHING
        if self._sections[0] is not self.config.top:
            self.configure()  # the configuration was replaced meanwhile
        failure: Failure | None = None
        for depth in range(len(self._sections), 0, -1):
            section = self._sections[depth - 1]
            form, rest, column = self._form(section, line)
            graph = section.mode.positive if form is Form.SET else section.mode.negative
            match = graph.match(rest, interface_exists=self._reference_good)
            if configures(match):
                chosen = self._exact_above(depth, match, form, line)
                return await self._take(*chosen, line, apply=apply)
            if isinstance(match, Match) and isinstance(match.rule, Meta):
                return await self._meta(match.rule, match.args, line)
            if isinstance(match, Match):
                continue
            failure = _farther(failure, _moved(match, column))
        return Answer(self._complaint(failure or Incomplete(0), line, 0), refused=True)

    def _exact_above(
        self, depth: int, match: Match[Line], form: Form, line: str
    ) -> tuple[int, Match[Line], Form]:
        """Prefer an outer mode that knows the first word as typed to an inner one that completes
        it.

        `key 2` begins the next key of a chain, although `key` also abbreviates `key-string`.
        """
        words = line.split()
        typed = words[1 if form is not Form.SET else 0].lower()
        if match.found[0].value.lower() == typed or self._sections is None:
            return depth, match, form
        for outer in range(depth - 1, 0, -1):
            section = self._sections[outer - 1]
            above, rest, _ = self._form(section, line)
            graph = section.mode.positive if above is Form.SET else section.mode.negative
            other = graph.match(rest, interface_exists=self._reference_good)
            if configures(other) and other.found[0].value.lower() == typed:
                return outer, other, above
        return depth, match, form

    def _reference_good(self, name: str) -> bool:
        return self.config.interface_exists(name)

    def _form(self, section: Section, line: str) -> tuple[Form, str, int]:
        """Tell `no X` and `default X` from X; return X and its column."""
        words = re.match(r"(\s*)(\S+)(\s+)(?=\S)", line)
        if words is None:
            return Form.SET, line, 0
        for form in (Form.NO, Form.DEFAULT):
            if words[2].lower() == form.value:
                return form, line[words.end() :], words.end()
        if len(words[2]) > 2 and "default".startswith(words[2].lower()):
            first, _ = _first_words(section.mode.positive)
            if not complete(words[2], first):
                return Form.DEFAULT, line[words.end() :], words.end()
        return Form.SET, line, 0

    async def _meta(self, rule: Meta, args: dict[str, str], line: str) -> Answer:
        if self._sections is None:
            return _NOTHING
        match rule.name:
            case "end":
                self.end()
            case "exit" if len(self._sections) == 1:
                self.end()
            case "exit":
                self._sections.pop()
            case "do":
                command = args["command"]
                await self.execute(command, column=line.index(command, line.index("do") + 2))
            case _:
                self.write(help_texts.HELP_COMMAND)
        return _NOTHING

    async def _take(
        self, depth: int, match: Match[Line], form: Form, line: str, *, apply: bool
    ) -> Answer:
        if self._sections is None:
            return _NOTHING
        rule = match.rule
        sets = form is Form.SET if rule.keep is not Keep.NEGATIVE else form is Form.NO
        if self.router.strict and sets and not rule.carried:
            text = f"% Not carried by the dataplane of this lab: {' '.join(line.split())}\n"
            return Answer(text, refused=True)
        section = self._sections[depth - 1]
        taken = self.config.take(section, match, form)
        if not taken.refused:
            del self._sections[depth:]
            if taken.opened is not None and form is Form.SET:
                self._sections.append(taken.opened)
            if rule.raw and taken.entry is not None and form is Form.SET:
                self._start_collecting(taken.entry, section, match.args)
        if taken.changed and apply:
            await self.router.changed(self.user)
        return Answer("".join(f"{text}\n" for text in taken.said), taken.refused)

    # --- text blocks ------------------------------------------------------------------------------

    def _start_collecting(self, entry: Entry, section: Section, args: dict[str, str]) -> None:
        raw = entry.line.raw
        if raw is None:
            return
        if raw.end:
            self._collecting = Collecting(entry, section, raw.end, False, [])
            return
        text = args["text"].replace("^C", _BANNER_END)
        delimiter, rest = text[0], text[1:]
        entry.raw = ()
        if delimiter in rest:
            entry.text = f"{entry.text}{rest.split(delimiter)[0]}^C"
            return
        entry.text += rest
        self._collecting = Collecting(entry, section, delimiter, True, [])
        if not self.config.booting:
            shown = "^C" if delimiter == _BANNER_END else delimiter
            self.write(f"Enter TEXT message.  End with the character '{shown}'.\n")

    def _collect(self, line: str) -> Answer:
        block = self._collecting
        if block is None:
            return _NOTHING
        if block.delimiter:
            text = line.replace("^C", _BANNER_END)
            if block.end in text:
                block.lines.append(f"{text.split(block.end)[0]}^C")
                block.entry.raw = tuple(block.lines)
                self._collecting = None
            else:
                block.lines.append(line)
            return _NOTHING
        if line.strip() != block.end:
            block.lines.append(line.rstrip())
            return _NOTHING
        self._collecting = None
        raw = block.entry.line.raw
        if raw and raw.finish:
            block.entry.raw = tuple(block.lines)
            complaint = raw.finish(self.config, block.section, block.entry)
            return Answer(f"{complaint}\n", refused=True) if complaint else _NOTHING
        block.entry.raw = (*(f"  {text.strip()}" for text in block.lines), f"  \t{block.end}")
        return _NOTHING

    # --- questions --------------------------------------------------------------------------------

    def ask(self, prompt: str, then: Then, *, echo: bool = True, single: bool = False) -> None:
        """Have the next line answer a question."""
        self.asking = Asking(prompt, then, echo, single)

    def explain(self, head: str) -> str:
        """Answer `?` after `head`."""
        if self._sections is None:
            return help_texts.explain(self.commands(), head, self._complaint, exec_mode=True)
        section = self._sections[-1]
        form, rest, _ = self._form(section, head if head.endswith(" ") else f"{head}x")
        if form is not Form.SET:
            rest = rest if head.endswith(" ") else rest[:-1]
            return help_texts.explain(section.mode.negative, rest, self._complaint)
        words = head.split(None, 1)
        if words and words[0].lower() == "do" and (len(words) > 1 or head.endswith(" ")):
            rest = words[1] if len(words) > 1 else ""
            return help_texts.explain(self.commands(), rest, self._complaint, exec_mode=True)
        return help_texts.explain(section.mode.positive, head, self._complaint)

    def completion(self, line: str) -> str:
        """Answer Tab: the line with its last word in full, when there is only one."""
        graph: Graph[Command] | Graph[Line | Meta]
        if self._sections is None:
            return help_texts.completed(self.commands(), line)
        section = self._sections[-1]
        words = line.split(None, 1)
        if len(words) == 2 and words[0].lower() == "do":
            return f"{words[0]} {help_texts.completed(self.commands(), words[1])}"
        form, rest, column = self._form(section, line)
        graph = section.mode.positive if form is Form.SET else section.mode.negative
        return line[:column] + help_texts.completed(graph, rest)


def _first_words(graph: Graph[Line | Meta]) -> tuple[list[str], bool]:
    options = graph.options("")
    if not isinstance(options, tuple):
        return [], False
    return [t.text for t in options[0] if hasattr(t, "text")], options[1]


def _moved(failure: Failure, by: int) -> Failure:
    return type(failure)(failure.column + by)


def _farther(one: Failure | None, other: Failure) -> Failure:
    """Of two failures keep the one that got farther; at the same place, the one of the inner
    mode."""
    return other if one is None or other.column > one.column else one


def _cut_pipe(line: str) -> tuple[str, bool, str]:
    match = re.search(r"(?:^|\s)\|(?:\s|$)|\s\|(?=\S)", line)
    if match is None:
        return line, False, ""
    return line[: match.start()], True, line[match.end() :]
