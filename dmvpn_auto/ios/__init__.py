"""IOS as a language: configuration as a tree, what IOS hides and respells, and the way from one
configuration to another.

`parse` and `render` turn text into a tree and back; `diff` gives the commands forward and
backward, in an order that IOS accepts; `meaning` reads what IOS answers. What differs between
releases is data (`dialects.py`), nowhere an `if`.
"""

from dmvpn_auto.ios.answers import Meaning, meaning, unknown_command
from dmvpn_auto.ios.diff import Change, diff, owned, restore, unsaid
from dmvpn_auto.ios.masking import mask
from dmvpn_auto.ios.proof import differences, prove
from dmvpn_auto.ios.steps import Delta
from dmvpn_auto.ios.tree import Tree, find, parse, render

__all__ = [
    "Change",
    "Delta",
    "Meaning",
    "Tree",
    "diff",
    "differences",
    "find",
    "mask",
    "meaning",
    "owned",
    "parse",
    "prove",
    "render",
    "restore",
    "unknown_command",
    "unsaid",
]
