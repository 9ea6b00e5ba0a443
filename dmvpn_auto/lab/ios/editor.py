"""The line editor of an IOS terminal, without I/O: keys in, echo out.

Emacs keys as IOS has them: ^A ^E ^B ^F ^D ^K ^U ^W ^X ^T ^L ^P ^N ^R, Esc-b, Esc-f, Esc-d, arrows,
backspace, ^V. A line longer than the screen scrolls sideways with `$` at its left edge, as IOS
does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

_BELL = "\a"


@dataclass(slots=True)
class Editor:
    """One line being typed behind `prompt`; `width` is that of the screen (0: endless)."""

    prompt: str = ""
    echo: bool = True
    width: int = 80
    text: str = ""
    at: int = 0
    shift: int = 0
    history: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    """Newest last."""
    _back: int = 0
    _draft: str = ""

    def start(self, prompt: str, *, echo: bool = True, text: str = "") -> str:
        """Begin a new line; return what to show."""
        self.prompt, self.echo = prompt, echo
        self.text, self.at, self.shift, self._back = text, len(text), 0, 0
        return prompt + (text if echo else "")

    def insert(self, characters: str) -> str:
        """Type characters at the cursor."""
        tail = self.text[self.at :]
        self.text = self.text[: self.at] + characters + tail
        self.at += len(characters)
        if not self.echo:
            return ""
        if self._too_far():
            return self._scroll()
        return characters + self._tail(tail)

    def _tail(self, tail: str) -> str:
        shown = tail[: self._room() - (self.at - self.shift)] if self.width else tail
        return shown + "\b" * len(shown)

    def _room(self) -> int:
        return self.width - len(self.prompt) - 1

    def _too_far(self) -> bool:
        return bool(self.width) and self.at - self.shift >= self._room() > 20

    def _scroll(self) -> str:
        while self._too_far():
            self.shift += 10
        return self.redraw()

    def redraw(self) -> str:
        """Show the whole line again, over the old one."""
        if not self.echo:
            return f"\r{self.prompt}"
        room = self._room() if self.width else len(self.text)
        window = self.text[self.shift : self.shift + max(room, 20)]
        if self.shift:
            window = "$" + window[1:]
        blanks = " " * max(0, room - len(window)) if self.width else "  "
        back = len(window) + len(blanks) - (self.at - self.shift)
        return f"\r{self.prompt}{window}{blanks}{chr(8) * back}"

    def _replace(self, text: str, at: int) -> str:
        """Change the line behind the user's back and show it."""
        blanks = " " * max(0, len(self.text) - len(text))
        old = self.at
        self.text, self.at = text, at
        if not self.echo:
            return ""
        if self.shift or self._too_far():
            self.shift = 0
            return self._scroll() if self._too_far() else self.redraw()
        return "\b" * old + text + blanks + "\b" * (len(blanks) + len(text) - at)

    def move(self, to: int) -> str:
        """Put the cursor before character `to`."""
        to = max(0, min(len(self.text), to))
        old, self.at = self.at, to
        if not self.echo or old == to:
            return ""
        if self.shift > to or self._too_far():
            self.shift = max(0, min(self.shift, to - 10))
            return self._scroll() if self._too_far() else self.redraw()
        return "\b" * (old - to) if to < old else self.text[old:to]

    def word_left(self) -> int:
        """Return where the word before the cursor begins."""
        head = self.text[: self.at].rstrip()
        return head.rfind(" ") + 1

    def word_right(self) -> int:
        """Return where the word after the cursor ends."""
        at = self.at
        while at < len(self.text) and self.text[at] == " ":
            at += 1
        end = self.text.find(" ", at)
        return len(self.text) if end < 0 else end

    def erase(self, start: int, end: int) -> str:
        """Remove the characters from `start` to `end`."""
        start, end = max(0, start), min(len(self.text), end)
        if start >= end:
            return ""
        removed = self.at - start if self.at > start else 0
        at = self.at - min(removed, end - start)
        if self.at == end == len(self.text) and end - start == 1 and self.echo and not self.shift:
            self.text, self.at = self.text[:start], start
            return "\b \b"
        return self._replace(self.text[:start] + self.text[end:], at)

    def transpose(self) -> str:
        """Swap the characters around the cursor."""
        if len(self.text) < 2 or self.at == 0:
            return _BELL
        at = min(self.at, len(self.text) - 1)
        swapped = self.text[: at - 1] + self.text[at] + self.text[at - 1] + self.text[at + 1 :]
        return self._replace(swapped, at + 1)

    def older(self) -> str:
        """Recall the line before."""
        if self._back >= len(self.history):
            return _BELL
        if self._back == 0:
            self._draft = self.text
        self._back += 1
        text = self.history[-self._back]
        return self._replace(text, len(text))

    def newer(self) -> str:
        """Recall the line after."""
        if self._back == 0:
            return _BELL
        self._back -= 1
        text = self.history[-self._back] if self._back else self._draft
        return self._replace(text, len(text))

    def remember(self) -> None:
        """Add the line to the history unless it is empty or the same as the last."""
        text = self.text.strip()
        if self.echo and text and (not self.history or self.history[-1] != text):
            self.history.append(text)

    def key(self, name: str) -> str:
        """Act on an editing key (see `terminal.KEYS`); return what to show."""
        if name in _MOVES:
            return self.move(_MOVES[name](self))
        if name in _ERASES:
            return self.erase(*_ERASES[name](self))
        return _OTHERS[name](self)


_MOVES: dict[str, Callable[[Editor], int]] = {
    "home": lambda _: 0,
    "end": lambda e: len(e.text),
    "left": lambda e: e.at - 1,
    "right": lambda e: e.at + 1,
    "word-left": Editor.word_left,
    "word-right": Editor.word_right,
}
_ERASES: dict[str, Callable[[Editor], tuple[int, int]]] = {
    "backspace": lambda e: (e.at - 1, e.at),
    "delete": lambda e: (e.at, e.at + 1),
    "kill-end": lambda e: (e.at, len(e.text)),
    "kill-line": lambda e: (0, len(e.text)),
    "kill-start": lambda e: (0, e.at),
    "kill-word": lambda e: (e.word_left(), e.at),
    "kill-word-right": lambda e: (e.at, e.word_right()),
}
_OTHERS: dict[str, Callable[[Editor], str]] = {
    "transpose": Editor.transpose,
    "older": Editor.older,
    "newer": Editor.newer,
}
