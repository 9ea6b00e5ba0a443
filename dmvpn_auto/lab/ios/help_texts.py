"""Answers to `?` and Tab, from the grammar.

`sh?` lists the words that begin so, `show ?` the words that may follow with their help, `<cr>`
where the line may end. Help of a word that several commands share is kept here, by keyword path or
by word.
"""

from __future__ import annotations

from collections.abc import Callable

from dmvpn_auto.lab.ios.syntax import (
    Ambiguous,
    Argument,
    Failure,
    Graph,
    Keyword,
    T,
    Token,
    complete,
)
from dmvpn_auto.lab.ios.vocabulary import WORDS

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
    if isinstance(options, Ambiguous):
        return complaint(options, head, 0)
    if not isinstance(options, tuple):
        return "% Unrecognized command\n"
    tokens, ends = options
    tokens = [token for token in tokens if _listed(token, graph)]
    if partial:
        return _begun(tokens, partial, graph)
    rows = [_row(token, graph) for token in tokens]
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


def _begun(tokens: list[Token], partial: str, graph: Graph[T]) -> str:
    names = [t.text for t in tokens if isinstance(t, Keyword)]
    begun = sorted(n for n in names if n.lower().startswith(partial.lower()))
    if begun:
        return "  ".join(begun) + "\n\n"
    arguments = [t for t in tokens if isinstance(t, Argument) and t.kind.parse(partial) is not None]
    rows = [_row(token, graph) for token in arguments]
    if not rows:
        return "% Unrecognized command\n"
    return "".join(f"  {name}  {text}\n" for name, text in rows) + "\n"


def _listed(token: Token, graph: Graph[T]) -> bool:
    """Leave out first words that only lead to commands without a help text."""
    return (
        isinstance(token, Argument)
        or " " in token.path
        or token.path in graph.help
        or token.path in graph.leads
    )


def _row(token: Token, graph: Graph[T]) -> tuple[str, str]:
    if isinstance(token, Keyword):
        texts = (
            graph.help.get(token.path),
            WORDS.get(token.path),
            WORDS.get(token.text),
            graph.leads.get(token.path),
        )
        return token.text, next((text for text in texts if text), "")
    names = (f"<{token.name}:{token.kind.name}>", f"<{token.name}>")
    known = (WORDS[name] for name in names if name in WORDS)
    return token.kind.label, next(known, token.name.replace("_", " ").capitalize())


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
