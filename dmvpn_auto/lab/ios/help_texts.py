"""Answers to `?` and Tab, from the grammar.

`sh?` lists the words that begin so, `show ?` the words that may follow with their help, `<cr>`
where the line may end. Help of a word that several commands share is kept here, by keyword path or
by word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dmvpn_auto.lab.ios.syntax import Argument, Failure, Graph, Keyword, Token, complete
from dmvpn_auto.lab.ios.vocabulary import WORDS

T = TypeVar("T")
HELP_COMMAND = """Help may be requested at any point in a command by entering
a question mark '?'.  If nothing matches, the help list will
be empty and you must backup until entering a '?' shows the
available options.
"""


def explain(
    graph: Graph[T],
    head: str,
    complaint: Callable[[Failure, str, int], str],
    *,
    exec_mode: bool = False,
) -> str:
    """Return the answer to `?` typed after `head`."""
    partial = "" if not head or head.endswith(" ") else head.rsplit(None, 1)[-1]
    before = head[: len(head) - len(partial)]
    options = graph.options(before)
    if not isinstance(options, tuple):
        return complaint(options, head, 0)
    tokens, ends = options
    if partial:
        return _begun(tokens, partial)
    rows = [_row(token) for token in tokens]
    if not exec_mode and not before.strip():
        rows += [
            ("no", "Negate a command or set its defaults"),
            ("default", "Set a command to its defaults"),
        ]
    rows.sort(key=lambda row: (row[0][0] in "<" or row[0].isupper(), row[0].lower()))
    if (
        exec_mode
        and before.split()[:1]
        and complete(before.split()[0], ["show"]) == ["show"]
        and ends
    ):
        rows.append(("|", "Output modifiers"))
    if ends:
        rows.append(("<cr>", "<cr>"))
    if not rows:
        return "% Unrecognized command\n"
    width = max(len(name) for name, _ in rows) + 2
    return "".join(f"  {name:<{width}}{text}".rstrip() + "\n" for name, text in rows) + "\n"


def _begun(tokens: list[Token], partial: str) -> str:
    names = [t.text for t in tokens if isinstance(t, Keyword)]
    begun = sorted(n for n in names if n.lower().startswith(partial.lower()))
    if begun:
        return "  ".join(begun) + "\n\n"
    arguments = [t for t in tokens if isinstance(t, Argument) and t.kind.parse(partial) is not None]
    rows = [_row(token) for token in arguments]
    if not rows:
        return "% Unrecognized command\n"
    return "".join(f"  {name}  {text}\n" for name, text in rows) + "\n"


def _row(token: Token) -> tuple[str, str]:
    if isinstance(token, Argument):
        return token.kind.label, WORDS.get(f"{token.path} <{token.name}>") or WORDS.get(
            f"<{token.name}>", token.name.capitalize()
        )
    return token.text, WORDS.get(token.path) or WORDS.get(token.text, "")


def completed(graph: Graph[T], line: str) -> str:
    """Return the line with its last word completed and a blank after it; unchanged when that
    is not clear."""
    if not line or line.endswith(" "):
        return line
    partial = line.rsplit(None, 1)[-1]
    before = line[: len(line) - len(partial)]
    options = graph.options(before)
    if not isinstance(options, tuple):
        return line
    names = complete(partial, (t.text for t in options[0] if isinstance(t, Keyword)))
    return f"{before}{names[0]} " if len(names) == 1 else line
