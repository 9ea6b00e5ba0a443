"""Facts: small named questions to a sheet whose answer is yes, no or unknown, with its lines.

Rules are made of them. A question about one side names it; the generic ones (`differs`, `lacks`,
`logged`) are given the setting or the words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dmvpn_auto.verify.diagnosis.ends import End, Unknown
from dmvpn_auto.verify.diagnosis.settings import Setting
from dmvpn_auto.verify.diagnosis.sheet import HUB, SPOKE, Sheet

Line = tuple[str, str]
"""Device and what it printed."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer. `words` say what differs, for the sentence on the cause; `probe` is what to ask
    where, when the answer is unknown.
    """

    holds: bool | None
    lines: tuple[Line, ...] = ()
    words: str = ""
    probe: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Question:
    """A named question; `side` is whose fault a yes is, `keys` the settings that would mend it."""

    name: str
    ask: Callable[[Sheet], Fact]
    side: str = ""
    keys: tuple[str, ...] = ()


def shown(end: End, *lines: str) -> tuple[Line, ...]:
    """Return lines of one device."""
    return tuple((end.name, line.strip()) for line in lines if line.strip())


def _configuration(end: End) -> tuple[Line, ...]:
    return ((end.name, "show running-config"),)


def _said(value: Setting | Unknown | None) -> str:
    return value.line if isinstance(value, Setting) and value.line else "nothing"


def differs(side: str, *keys: str) -> Question:
    """One of the settings is not what the design wants (another value, missing, or too much)."""

    def ask(sheet: Sheet) -> Fact:
        return _compare(sheet, side, keys, _unequal)

    return Question(f"{side} differs in {', '.join(keys)}", ask, side, keys)


def as_designed(side: str, *keys: str) -> Question:
    """All of the settings are what the design wants."""
    wrong = differs(side, *keys)

    def ask(sheet: Sheet) -> Fact:
        fact = wrong.ask(sheet)
        return Fact(None if fact.holds is None else not fact.holds, probe=fact.probe)

    return Question(f"{side} is as designed in {', '.join(keys)}", ask)


def lacks(side: str, *keys: str) -> Question:
    """The design wants one of the settings and the router has none."""

    def ask(sheet: Sheet) -> Fact:
        return _compare(sheet, side, keys, lambda is_, wanted: bool(wanted and is_ is None))

    return Question(f"{side} lacks {', '.join(keys)}", ask, side, keys)


def has(side: str, *keys: str) -> Question:
    """The router has one of the settings and the design wants none."""

    def ask(sheet: Sheet) -> Fact:
        return _compare(sheet, side, keys, lambda is_, wanted: bool(is_ and wanted is None))

    return Question(f"{side} has {', '.join(keys)}", ask, side, keys)


def _compare(
    sheet: Sheet,
    side: str,
    keys: tuple[str, ...],
    wrong: Callable[[Setting | None, Setting | None], bool | None],
) -> Fact:
    end, unknown = sheet.end(side), False
    for key in keys:
        is_, wanted = end.setting(key), end.wanted.get(key)
        if key in _OF_SOURCE and "source.exists" not in end.wanted:
            continue  # the design leaves the interface to others
        if _hangs_in_the_air(end, key):
            continue  # what is missing is named once, where it begins
        if isinstance(is_, Unknown):
            unknown = True
            continue
        verdict = wrong(is_, wanted)
        if verdict:
            now = is_.line if is_ else f"(no {_plain(wanted)})"
            lines = shown(end, now or f"({key} by default)") + _other_end(sheet, side, key)
            return Fact(True, lines, _change(is_, wanted))
        unknown = unknown or verdict is None
    return Fact(None, probe=_configuration(end)) if unknown else Fact(False)


_NEEDS = {
    "ipsec.": "ipsec.profile", "ike.": "ike.profile", "ipsec.profile": "tunnel.protection",
    "ike.profile": "ipsec.profile", "nhrp.hub-nbma": "nhrp.nhs", "nhrp.multicast": "nhrp.nhs",
    "ike.version": "ipsec.profile",
}  # fmt: skip


def _hangs_in_the_air(end: End, key: str) -> bool:
    """Whether what the setting belongs to is missing itself, against the design."""
    need = _NEEDS.get(key) or _NEEDS.get(key.partition(".")[0] + ".")
    if need is None or need == key or need not in end.wanted:
        return False
    return end.setting(need) is None or _hangs_in_the_air(end, need)


_OF_SOURCE = ("source.address", "source.vrf")


def _other_end(sheet: Sheet, side: str, key: str) -> tuple[Line, ...]:
    """Return the same setting of the other end, where it is one that both must share."""
    other = sheet.end(SPOKE if side == HUB else HUB)
    setting = other.setting(key)
    shared = key.startswith(("ike.", "ipsec.", "tunnel.key", "tunnel.protection", "tunnel.ip-mtu"))
    if not shared or not isinstance(setting, Setting) or not setting.line:
        return ()
    return shown(other, setting.line)


def _unequal(is_: Setting | None, wanted: Setting | None) -> bool | None:
    if is_ is None or wanted is None:
        return (is_ is None) != (wanted is None)
    if "secret" in is_.line or not is_.known:
        return False  # the design has a reference; the other end tells (`secrets_differ`)
    return is_.value != wanted.value


def _plain(setting: Setting | None) -> str:
    return setting.line if setting else ""


def _change(is_: Setting | None, wanted: Setting | None) -> str:
    if wanted is None or (wanted.line == "" and is_):
        return f"`{_said(is_)}` should not be there"
    if is_ is None:
        return f"`{wanted.line}` is missing"
    return f"`{is_.line or is_.value}` instead of `{wanted.line}`"


def secrets_differ(side: str, key: str) -> Question:
    """Both ends have the secret, but not the same; the one that no other router shares is wrong."""

    def ask(sheet: Sheet) -> Fact:
        here, there = sheet.spoke.setting(key), sheet.hub.setting(key)
        probe = _configuration(sheet.spoke) + _configuration(sheet.hub)
        if isinstance(here, Unknown) or isinstance(there, Unknown):
            return Fact(None, probe=probe)
        if here is None or there is None:
            return Fact(False)
        if not (here.known and there.known):
            return Fact(None, probe=probe)
        if here.value == there.value or side != _odd_one(sheet, key):
            return Fact(False)
        lines = shown(sheet.spoke, here.line) + shown(sheet.hub, there.line)
        compared = shown(sheet.end(side), "(compared without being shown: the two are not equal)")
        return Fact(True, lines + compared, "the secrets of both ends are not equal")

    return Question(f"{side} has another secret in {key}", ask, side, (key,))


def secrets_agree(key: str) -> Question:
    """Both ends are known to have the same secret."""

    def ask(sheet: Sheet) -> Fact:
        here, there = sheet.spoke.setting(key), sheet.hub.setting(key)
        if not (isinstance(here, Setting) and isinstance(there, Setting)):
            return Fact(False if here is None or there is None else None)
        if not (here.known and there.known):
            return Fact(None)
        return Fact(here.value == there.value)

    return Question(f"both ends have the same secret in {key}", ask)


def _odd_one(sheet: Sheet, key: str) -> str:
    """Who has it at another place than the design is wrong. Where only these two were asked, a hub
    that serves another spoke has the right secret.
    """
    crowd, hub = sheet.crowd, sheet.hub.name
    if _misplaced(sheet.hub, key) != _misplaced(sheet.spoke, key):
        return HUB if _misplaced(sheet.hub, key) else SPOKE
    if crowd.agrees(hub, key) or len(crowd.of_hub(hub)) == 1:
        return SPOKE
    alone = crowd.compared(hub, key) <= 1
    return SPOKE if alone and crowd.everybody_down(hub) is False else HUB


def _misplaced(end: End, key: str) -> bool:
    setting, wanted = end.setting(key), end.wanted.get(key)
    return isinstance(setting, Setting) and wanted is not None and setting.path != wanted.path


def logged(side: str, *words: str, blames: str = "") -> Question:
    """The recent log holds a message with all of the words."""

    def ask(sheet: Sheet) -> Fact:
        end = sheet.end(side)
        lines = end.messages(*(_fill(word, sheet) for word in words))
        if lines is None:
            return Fact(None, probe=((end.name, f"show logging | include {words[0]}"),))
        return Fact(bool(lines), shown(end, *lines[-2:]))

    return Question(f"{side} logged {' '.join(words)}", ask, blames)


def last_logged(side: str, topic: str, *words: str, blames: str = "") -> Question:
    """The newest message of the recent log about a topic holds all of the words."""

    def ask(sheet: Sheet) -> Fact:
        end = sheet.end(side)
        lines = end.messages(_fill(topic, sheet))
        if lines is None:
            return Fact(None, probe=((end.name, f"show logging | include {topic}"),))
        newest = lines[-1:]
        said = bool(newest) and all(_fill(word, sheet) in newest[0] for word in words)
        return Fact(said, shown(end, *newest))

    return Question(f"{side} logged {' '.join(words)} last", ask, blames)


def _fill(word: str, sheet: Sheet) -> str:
    return word.format(
        spoke_nbma=sheet.hub.peer_nbma or "no address",
        hub_nbma=sheet.spoke.peer_nbma or "no address",
        spoke_tunnel=sheet.hub.peer_tunnel,
        hub_tunnel=sheet.spoke.peer_tunnel,
        interface=sheet.spoke.router.tunnel.interface,
        spoke_source=sheet.spoke.router.tunnel.source_interface,
        hub_source=sheet.hub.router.tunnel.source_interface,
    )


def no(question: Question) -> Question:
    """The opposite; unknown stays unknown."""

    def ask(sheet: Sheet) -> Fact:
        fact = question.ask(sheet)
        return Fact(None if fact.holds is None else not fact.holds, probe=fact.probe)

    return Question(f"not: {question.name}", ask)


def either(*questions: Question) -> Question:
    """One of them; false only when all are."""

    def ask(sheet: Sheet) -> Fact:
        facts = [one.ask(sheet) for one in questions]
        seen = next((fact for fact in facts if fact.holds), None)
        if seen is not None:
            return seen
        probe = tuple(line for fact in facts for line in fact.probe)
        return Fact(None if any(fact.holds is None for fact in facts) else False, probe=probe)

    first = questions[0]
    return Question(" or ".join(q.name for q in questions), ask, first.side, first.keys)


def both(*questions: Question) -> Question:
    """All of them; the fault is where the first one sees it."""

    def ask(sheet: Sheet) -> Fact:
        facts = [one.ask(sheet) for one in questions]
        lines = tuple(line for fact in facts for line in fact.lines)
        if any(fact.holds is False for fact in facts):
            return Fact(False)
        probe = tuple(line for fact in facts for line in fact.probe)
        words = next((fact.words for fact in facts if fact.words), "")
        holds = None if any(fact.holds is None for fact in facts) else True
        return Fact(holds, lines, words, probe)

    first = questions[0]
    return Question(" and ".join(q.name for q in questions), ask, first.side, first.keys)


def question(side: str = "", *keys: str) -> Callable[[Callable[[Sheet], Fact]], Question]:
    """Make a question of a function; its docstring is the name."""

    def make(function: Callable[[Sheet], Fact]) -> Question:
        return Question(
            (function.__doc__ or "").partition("\n")[0].rstrip("."), function, side, keys
        )

    return make


def ask_for(end: End, command: str) -> Fact:
    """Return the unknown answer that a command on one device would settle."""
    return Fact(None, probe=((end.name, command),))
