"""Command syntax as data: a one-line notation, compiled to a graph that lines are matched against.

    ip nhrp nhs <nhs:ip> / [nbma <nbma:ip>] [multicast] [priority <priority:0-255>]

Words are keywords, `<name:kind>` an argument (`<name>` a WORD), `[...]` optional, `(a|b c)` a
choice, `{...}` repeated one or more times. `/` ends the part that identifies the line: what comes
after it may be left out in the `no` form. Without `/` it stands before the first thing that is not
a keyword.

Keywords may be abbreviated as long as they stay unique; of the ways to fail, the one that got
farthest is reported, with the column where IOS puts its caret: the first character no keyword
begins with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from dmvpn_auto.lab.ios.values import Kind, kind


class Explained(Protocol):
    """A rule that can say in one line what it does; without a text `?` does not list it."""

    @property
    def help(self) -> str:
        """What `?` says beside its last leading keyword."""


T = TypeVar("T", bound=Explained)


@dataclass(frozen=True, slots=True)
class Keyword:
    """A fixed word; `path` is the keywords that lead to it, itself included."""

    text: str
    path: str
    identifies: bool


@dataclass(frozen=True, slots=True)
class Argument:
    """A value; `path` is the keywords before it."""

    name: str
    kind: Kind
    path: str
    identifies: bool


Token = Keyword | Argument


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the line and the column where it starts."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Found:
    """A token and what the line says for it, in canonical spelling."""

    token: Token
    value: str


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A complete line: the rule it fits, its canonical words and its arguments by name."""

    rule: T
    found: tuple[Found, ...]

    @property
    def text(self) -> str:
        """The line in full, canonical words."""
        return " ".join(f.value for f in self.found)

    @property
    def identity(self) -> str:
        """The words up to the `/` of the syntax."""
        return " ".join(f.value for f in self.found if f.token.identifies)

    @property
    def args(self) -> dict[str, str]:
        """Arguments by name; repeated ones joined by blanks; keywords stand for themselves."""
        values: dict[str, str] = {}
        for item in self.found:
            if isinstance(item.token, Argument):
                name = item.token.name
                values[name] = f"{values[name]} {item.value}" if name in values else item.value
        return values

    @property
    def keywords(self) -> frozenset[str]:
        """The keywords of the line."""
        return frozenset(f.token.text for f in self.found if isinstance(f.token, Keyword))


@dataclass(frozen=True, slots=True)
class Invalid:
    """No command goes on like this from `column`."""

    column: int


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The line ends too early."""

    column: int


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The word that ends before `column` begins several keywords."""

    column: int


Failure = Invalid | Incomplete | Ambiguous


# --- notation -> tree -----------------------------------------------------------------------------

_LEX = re.compile(r"<[^>]+>|[][(){}|/]|[^\s\][(){}|/<>]+|\S")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A keyword or an argument, before its path is known."""

    text: str


@dataclass(frozen=True, slots=True)
class Optional:
    """`[...]`."""

    body: Node


@dataclass(frozen=True, slots=True)
class Choice:
    """`(a|b)`."""

    ways: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`{...}`: once or more."""

    body: Node


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items one after the other; the first `identity` of them name the line."""

    items: tuple[Node, ...]
    identity: int


Node = Leaf | Optional | Choice | Repeat | Sequence


def parse_notation(text: str) -> Sequence:
    """Read the notation; raise ValueError for a bracket that does not close (a bug in a
    grammar table)."""
    words = _LEX.findall(text)
    node, rest = _sequence(words)
    if rest:
        raise ValueError(f"syntax {text!r}: unexpected {rest[0]!r}")
    if "/" in words:
        return node
    plain = [i for i, n in enumerate(node.items) if not isinstance(n, Leaf) or n.text[0] == "<"]
    return Sequence(node.items, plain[0] if plain else len(node.items))


def _sequence(words: list[str]) -> tuple[Sequence, list[str]]:
    items: list[Node] = []
    identity: int | None = None
    while words and words[0] not in {"]", ")", "}", "|"}:
        head, words = words[0], words[1:]
        if head == "/":
            identity = len(items)
        elif head in {"[", "(", "{"}:
            body, words = _choice(words)
            closing = {"[": "]", "(": ")", "{": "}"}[head]
            if not words or words[0] != closing:
                raise ValueError(f"missing {closing!r} in {words!r}")
            words = words[1:]
            items.append(Optional(body) if head == "[" else Repeat(body) if head == "{" else body)
        else:
            items.append(Leaf(head))
    return Sequence(tuple(items), len(items) if identity is None else identity), words


def _choice(words: list[str]) -> tuple[Node, list[str]]:
    ways: list[Node] = []
    while True:
        way, words = _sequence(words)
        ways.append(way)
        if not words or words[0] != "|":
            return (ways[0] if len(ways) == 1 else Choice(tuple(ways))), words
        words = words[1:]


def negated(node: Sequence) -> Sequence:
    """Return the syntax of the `no` form: everything after the identity may be left out, from
    the end."""
    tail: Node | None = None
    for item in reversed(node.items[node.identity :]):
        tail = Optional(Sequence((item,) if tail is None else (item, tail), 0))
    head = node.items[: node.identity]
    return Sequence((*head, tail) if tail is not None else head, len(head))


# --- tree -> graph --------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class State(Generic[T]):
    """A point of the graph; `skips` are reached without a word."""

    edges: list[tuple[Token, State[T]]] = field(default_factory=list)
    skips: list[State[T]] = field(default_factory=list)
    accepts: T | None = None
    closed: list[State[T]] | None = None


def _connect(
    node: Node, start: State[T], path: str, *, identifies: bool = True
) -> tuple[State[T], str]:
    """Append `node` behind `start`; return the end and the keyword path there."""
    match node:
        case Leaf(text):
            end: State[T] = State()
            token, path = _token(text, path, identifies=identifies)
            start.edges.append((token, end))
            return end, path
        case Sequence(items, identity):
            for place, item in enumerate(items):
                inside = identifies and place < identity
                start, path = _connect(item, start, path, identifies=inside)
            return start, path
        case Optional(body):
            end, _ = _connect(body, start, path, identifies=identifies)
            after: State[T] = State()
            end.skips.append(after)
            start.skips.append(after)
            return after, path
        case Repeat(body):
            begin: State[T] = State()
            start.skips.append(begin)
            end, _ = _connect(body, begin, path, identifies=identifies)
            end.skips.append(begin)
            return end, path
        case Choice(ways):
            after = State()
            for way in ways:
                end, _ = _connect(way, start, path, identifies=identifies)
                end.skips.append(after)
            return after, path


def _token(text: str, path: str, *, identifies: bool) -> tuple[Token, str]:
    if text[0] == "<":
        name, _, kind_name = text[1:-1].partition(":")
        return Argument(name, kind(kind_name or "word"), path, identifies), path
    path = f"{path} {text}".lstrip()
    return Keyword(text, path, identifies), path


def _closure(state: State[T]) -> list[State[T]]:
    if state.closed is None:
        seen: dict[int, State[T]] = {}
        todo = [state]
        while todo:
            at = todo.pop()
            if id(at) not in seen:
                seen[id(at)] = at
                todo.extend(reversed(at.skips))
        state.closed = list(seen.values())
    return state.closed


@dataclass(frozen=True, slots=True)
class _Thread(Generic[T]):
    state: State[T]
    found: tuple[Found, ...]


def split(line: str) -> list[Word]:
    """Cut a line into words and remember their columns."""
    return [Word(m[0], m.start()) for m in re.finditer(r'"[^"]*"|\S+', line)]


def _never_refused(_name: str) -> bool:
    return True


class Graph(Generic[T]):
    """The commands of one mode."""

    def __init__(self, rules: Iterable[tuple[Sequence, T]]) -> None:
        self._start: State[T] = State()
        self.help: dict[str, str] = {}
        """What `?` says beside the last keyword of a rule, by path."""
        self.leads: dict[str, str] = {}
        """The same for keywords before it, in the words of the first rule."""
        for node, rule in rules:
            self._explain(node, rule)
            end, _ = _connect(node, self._start_of_rule(), "")
            end.accepts = rule

    def _explain(self, node: Sequence, rule: T) -> None:
        named = node.items[: max(node.identity, 1)]
        words = [i.text for i in named if isinstance(i, Leaf) and i.text[0] != "<"]
        if rule.help and words:
            for end in range(1, len(words)):
                self.leads.setdefault(" ".join(words[:end]), rule.help)
            self.help.setdefault(" ".join(words), rule.help)

    def _start_of_rule(self) -> State[T]:
        state: State[T] = State()
        self._start.skips.append(state)
        return state

    def match(
        self, line: str, *, interface_exists: Callable[[str], bool] = _never_refused
    ) -> Match[T] | Failure:
        """Match a whole line; `interface_exists` judges interface arguments (full names)."""
        words = split(line)
        frontier = {0: [_Thread(self._start, ())]}
        farthest: Failure = Incomplete(len(line))
        for at in range(len(words)):
            threads = frontier.pop(at, [])
            if not threads:
                continue
            step = self._step(threads, line, words, at, interface_exists)
            if isinstance(step, dict):
                for position, reached in step.items():
                    frontier.setdefault(position, []).extend(reached)
            elif not frontier:
                return step
            else:
                farthest = step
        for thread in frontier.pop(len(words), []):
            for state in _closure(thread.state):
                if state.accepts is not None:
                    return Match(state.accepts, thread.found)
        return farthest

    def _step(
        self,
        threads: list[_Thread[T]],
        line: str,
        words: list[Word],
        at: int,
        interface_exists: Callable[[str], bool],
    ) -> dict[int, list[_Thread[T]]] | Failure:
        word = words[at]
        edges = [(t, e) for t in threads for s in _closure(t.state) for e in s.edges]
        texts = {tok.text for _, (tok, _) in edges if isinstance(tok, Keyword)}
        chosen = complete(word.text, texts)
        if len(chosen) > 1:
            return Ambiguous(word.column + len(word.text))
        reached: dict[int, list[_Thread[T]]] = {}
        if chosen:
            for thread, (token, target) in edges:
                if isinstance(token, Keyword) and token.text == chosen[0]:
                    found = (*thread.found, Found(token, token.text))
                    reached.setdefault(at + 1, []).append(_Thread(target, found))
            return reached
        best = 9
        for thread, (token, target) in edges:
            if isinstance(token, Keyword):
                continue
            read = _read(token.kind, line, words, at)
            if read is None or token.kind.rank > best:
                continue
            value, used = read
            if token.kind.name == "if" and not interface_exists(value):
                continue
            if token.kind.rank < best:
                best, reached = token.kind.rank, {}
            found = (*thread.found, Found(token, value))
            reached.setdefault(at + used, []).append(_Thread(target, found))
        return reached or Invalid(word.column + agreement(word.text, texts))

    def options(self, line: str) -> tuple[list[Token], bool] | Failure:
        """Return the tokens that may follow a line that ends before a new word, and whether it
        is complete."""
        words = split(line)
        threads = {0: [_Thread(self._start, ())]}
        for at in range(len(words)):
            step = self._step(threads.pop(at, []), line, words, at, _never_refused)
            if not isinstance(step, dict):
                return step
            for position, reached in step.items():
                threads.setdefault(position, []).extend(reached)
        states = [s for t in threads.pop(len(words), []) for s in _closure(t.state)]
        tokens: dict[str, Token] = {}
        for state in states:
            for token, _ in state.edges:
                label = token.text if isinstance(token, Keyword) else token.kind.label
                tokens.setdefault(label, token)
        return list(tokens.values()), any(s.accepts is not None for s in states)


def complete(word: str, texts: Iterable[str]) -> list[str]:
    """Return the keywords that `word` abbreviates: the exact one, or all that begin with it
    (any case)."""
    lowered = word.lower()
    begun = [t for t in texts if t.lower().startswith(lowered)]
    exact = [t for t in begun if len(t) == len(word)]
    return exact or sorted(begun)


def agreement(word: str, texts: Iterable[str]) -> int:
    """Return how many characters of `word` some keyword begins with; that is where IOS puts
    its caret."""
    lowered = word.lower()
    best = 0
    for text in texts:
        same = 0
        for one, other in zip(lowered, text.lower(), strict=False):
            if one != other:
                break
            same += 1
        best = max(best, same)
    return best


def _read(kind_: Kind, line: str, words: list[Word], at: int) -> tuple[str, int] | None:
    """Read an argument at word `at`: its canonical value and the number of words it takes."""
    if kind_.rest:
        return line[words[at].column :].rstrip(), len(words) - at
    value = kind_.parse(words[at].text)
    if value is not None:
        return value, 1
    if kind_.spaced and at + 1 < len(words) and words[at].text[-1].isalpha():
        value = kind_.parse(f"{words[at].text} {words[at + 1].text}")
        return None if value is None else (value, 2)
    return None
