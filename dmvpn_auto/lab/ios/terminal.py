"""A vty without I/O: bytes from the client in, bytes to the client and events out.

Three states: editing a line, busy with a command (type-ahead waits, ^C and Ctrl-Shift-6
interrupt), and stopped at `--More--`. Typed-ahead lines keep their order: nothing is echoed before
its prompt is there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from dmvpn_auto.lab.ios.editor import Editor

MORE = " --More-- "
INTERRUPTS = b"\x03\x1e"
"""Ctrl-C and Ctrl-Shift-6."""

KEYS = {
    0x01: "home", 0x02: "left", 0x04: "delete", 0x05: "end", 0x06: "right", 0x08: "backspace",
    0x0B: "kill-end", 0x0E: "newer", 0x10: "older", 0x14: "transpose", 0x15: "kill-line",
    0x17: "kill-word", 0x18: "kill-start", 0x7F: "backspace",
}  # fmt: skip
_ESCAPES = {
    b"[A": "older", b"[B": "newer", b"[C": "right", b"[D": "left", b"[H": "home", b"[F": "end",
    b"OA": "older", b"OB": "newer", b"OC": "right", b"OD": "left", b"[3~": "delete",
    b"[1~": "home", b"[4~": "end", b"b": "word-left", b"B": "word-left", b"f": "word-right",
    b"F": "word-right", b"d": "kill-word-right", b"D": "kill-word-right",
    b"[1;5D": "word-left", b"[1;5C": "word-right",
}  # fmt: skip


class State(Enum):
    """What the terminal does with the next byte."""

    EDIT = auto()
    BUSY = auto()
    MORE = auto()


class What(Enum):
    """What the user did."""

    LINE = auto()
    HELP = auto()
    COMPLETE = auto()
    CONTROL_C = auto()
    CONTROL_Z = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """Something the shell has to act on; `text` is the line, or what stands before the cursor."""

    what: What
    text: str = ""


class Terminal:
    """One user's screen and keyboard."""

    def __init__(self, width: int = 80, length: int = 24) -> None:
        self.length = length
        self.editor = Editor(width=width)
        self.state = State.BUSY
        self._keys: deque[int] = deque()
        self._out = bytearray()
        self._pending = ""
        self._next: tuple[str, bool] | None = None
        self._free = 0
        self._discard = False
        self._after_return = False
        self._single = False

    @property
    def width(self) -> int:
        """Columns; 0 is endless."""
        return self.editor.width

    @width.setter
    def width(self, columns: int) -> None:
        self.editor.width = columns

    def take(self) -> bytes:
        """Return and forget what is to be sent to the client."""
        out = bytes(self._out)
        self._out.clear()
        return out

    @property
    def waiting(self) -> bool:
        """No key is left to work on, and the user may type."""
        return not self._keys and self.state is not State.BUSY

    # --- towards the user -------------------------------------------------------------------------

    def prompt(self, text: str, *, echo: bool = True, single: bool = False) -> None:
        """The command is done: ask for the next line (`single`: one key answers, as for
        [confirm])."""
        self._next, self._single = (text, echo), single
        if self.state is not State.MORE:
            self._begin()

    def _begin(self, text: str = "") -> None:
        if self._next is None:
            return
        self.state, self._discard = State.EDIT, False
        self._send(self.editor.start(self._next[0], echo=self._next[1], text=text))
        self._next = None

    def again(self, text: str = "") -> None:
        """Show the prompt again with `text` already typed (after `?` and Tab)."""
        self._next = (self.editor.prompt, self.editor.echo)
        if self.state is not State.MORE:
            self._begin(text)

    def write(self, text: str) -> None:
        """Show output of a command; stops at `--More--` when the screen is full."""
        if self._discard:
            return
        if self.state is State.MORE:
            self._pending += text
            return
        self._page(text)

    def notify(self, text: str) -> None:
        """Show log lines on top of what is being typed."""
        if self.state is State.EDIT:
            self._send(f"\n{text}")
            self._send(self.editor.redraw().lstrip("\r"))
        else:
            self._send(text)

    def busy(self) -> None:
        """A command runs: the whole screen is free for it."""
        self.state = State.BUSY
        self._free = self.length - 1

    def _page(self, text: str) -> None:
        if not self.length:
            self._send(text)
            return
        start = 0
        for end in _line_ends(text):
            if self._free <= 0 and self.state is State.BUSY:
                self._send(MORE)
                self.state, self._pending = State.MORE, text[start:]
                return
            line = text[start:end]
            self._send(line)
            self._free -= max(1, -(-len(line.rstrip("\n")) // self.width) if self.width else 1)
            start = end
        self._send(text[start:])

    def _send(self, text: str) -> None:
        self._out += text.replace("\n", "\r\n").encode("utf-8", "replace")

    # --- from the user ----------------------------------------------------------------------------

    def receive(self, data: bytes) -> bool:
        """Take bytes of the client; tell whether they interrupt the running command."""
        if self.state is State.BUSY:
            cut = max(data.rfind(bytes([byte])) for byte in INTERRUPTS)
            if cut >= 0:
                self._keys.clear()
                self._keys.extend(data[cut + 1 :])
                return True
        self._keys.extend(data)
        return False

    def event(self) -> Event | None:
        """Work on received bytes until something happens; None when all are used up or must
        wait."""
        while self._keys and self.state is not State.BUSY:
            key = self._keys.popleft()
            if self.state is State.MORE:
                self._more(key)
                continue
            event = self._edit(key)
            if event is not None:
                return event
        return None

    def _more(self, key: int) -> None:
        self._send("\b" * 9 + " " * 8 + "\b" * 9)
        pending, self._pending, self.state = self._pending, "", State.BUSY
        if key in b" ":
            self._free = self.length - 1
        elif key in b"\r\n":
            self._free = 1
        else:
            self._discard, pending = True, ""
            self._send("\n")
        if pending:
            self._page(pending)
        if self.state is State.BUSY:
            self._begin()

    def _edit(self, key: int) -> Event | None:
        after_return, self._after_return = self._after_return, key == 0x0D
        if key == 0x0A and after_return:
            return None
        if key in b"\r\n":
            return self._entered()
        if self._single and key != 0x1B:
            self._send(chr(key) if 0x20 <= key < 0x7F else "")
            self.editor.text = chr(key)
            return self._entered()
        if key == 0x1B:
            self._escape()
            return None
        if key == 0x16:  # ^V: the next byte is text
            if not self._keys:
                self._keys.clear()  # a lone ^V is dropped
                return None
            self._send(self.editor.insert(chr(self._keys.popleft())))
            return None
        if key in KEYS:
            self._send(self.editor.key(KEYS[key]))
            return None
        return self._special(key)

    def _special(self, key: int) -> Event | None:
        editor = self.editor
        head = editor.text[: editor.at]
        match key:
            case 0x03:
                self._send("\n")
                return self._done(What.CONTROL_C)
            case 0x1A:
                self._send("^Z\n")
                return self._done(What.CONTROL_Z, editor.text)
            case 0x09 if editor.echo:
                return self._done(What.COMPLETE, editor.text)
            case 0x3F if editor.echo:
                self._send("?\n")
                return self._done(What.HELP, head)
            case 0x0C | 0x12:
                self._send(("\n" if key == 0x12 else "") + editor.redraw())
            case _ if key >= 0x20:
                self._send(editor.insert(self._character(key)))
            case _:
                pass
        return None

    def _character(self, key: int) -> str:
        """Read the rest of a UTF-8 character."""
        raw = bytes([key])
        more = 3 if key >= 0xF0 else 2 if key >= 0xE0 else 1 if key >= 0xC0 else 0
        while more and self._keys and self._keys[0] & 0xC0 == 0x80:
            raw += bytes([self._keys.popleft()])
            more -= 1
        return raw.decode("utf-8", "replace")

    def _escape(self) -> None:
        sequence = b""
        while self._keys and len(sequence) < 6:
            sequence += bytes([self._keys.popleft()])
            if sequence in _ESCAPES:
                self._send(self.editor.key(_ESCAPES[sequence]))
                return
            if sequence[:1] not in {b"[", b"O"} or (len(sequence) > 1 and sequence[-1:].isalpha()):
                return

    def _entered(self) -> Event:
        self._single = False
        self._send("\n")
        self.editor.remember()
        return self._done(What.LINE, self.editor.text)

    def _done(self, what: What, text: str = "") -> Event:
        self.busy()
        return Event(what, text)


def _line_ends(text: str) -> list[int]:
    ends: list[int] = []
    at = text.find("\n")
    while at >= 0:
        ends.append(at + 1)
        at = text.find("\n", at + 1)
    return ends
