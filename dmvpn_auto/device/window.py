"""How many lines may be on their way to a router at once.

A router answers one line after the other. With one line in flight a push costs a round trip per
line; with all of them in flight a refused line is noticed late and a small terminal buffer
overflows. The window keeps a few lines queued inside the router and no more, after the idea of TCP
Vegas: the shortest time a line ever took is the path alone, what a line takes beyond it is time
spent queued behind others. A router that asks a AAA server about every line keeps a small window,
a fast one behind a long path gets a large one.
"""

from __future__ import annotations

import math

START = 8
LARGEST = 64
FEW_QUEUED = 6
MANY_QUEUED = 12


class Window:
    """The number of lines that may be unanswered, learned from the answers; `size` lies in
    1..`largest`.
    """

    def __init__(self, start: int = START, largest: int = LARGEST) -> None:
        if not 1 <= start <= largest:
            raise ValueError(f"window of {start} lines does not lie in 1..{largest}")
        self.size = start
        self._largest = largest
        self._quickest = math.inf

    def answered(self, seconds: float, in_flight: int) -> None:
        """Learn from a line that took `seconds` from writing to prompt with `in_flight` lines
        unanswered (it included).
        """
        self._quickest = min(self._quickest, seconds)
        queued = in_flight * (1 - self._quickest / seconds) if seconds > 0 else 0.0
        if queued < FEW_QUEUED:
            self.size = min(self.size + 1, self._largest)
        elif queued > MANY_QUEUED:
            self.size = max(self.size - 1, 1)
