"""Users and passwords, host name, lines, banners."""

from __future__ import annotations

import base64
import hashlib

from dmvpn_auto.lab.ios import passwords
from dmvpn_auto.lab.ios.config import Change, Config, Entry, Form, Section
from dmvpn_auto.lab.ios.rules import Line
from dmvpn_auto.lab.ios.syntax import Match

_ENCRYPTION = "service password-encryption"


def hostname(change: Change) -> str | None:
    """A host name begins with a letter and has no blanks or question marks."""
    name = change.args.get("name", "")
    if change.form is Form.SET and not name[:1].isalpha():
        return (
            "% Hostname contains one or more illegal characters."
            if not name[:1].isdigit()
            else "% Hostname must begin with a letter."
        )
    return None


def hostname_back(change: Change) -> list[str]:
    """Without a name a router is called Router."""
    change.config.put(change.section, "hostname Router", automatic=True)
    return []


def no_aaa(change: Change) -> str | None:
    """There is no AAA in the lab; users are local."""
    return None if change.form is Form.NO else "% Not carried by the lab: aaa new-model"


def rd_unique(change: Change) -> str | None:
    """A route distinguisher belongs to one VRF and is not changed in place."""
    if change.form is not Form.SET:
        return None
    rd = change.args["rd"]
    for entry in change.config.top.starting("vrf definition"):
        other = entry.children.get("rd") if entry.children else None
        if other and other.args["rd"] == rd and entry.children is not change.section:
            return f"% Cannot set RD, check if it's unique: {rd}"
    return None


def timezone(match: Match[Line]) -> str:
    """Minutes are always printed."""
    return match.text if "minutes" in match.args else f"{match.text} 0"


def exec_timeout(match: Match[Line]) -> str:
    """Seconds are always printed."""
    return match.text if "seconds" in match.args else f"{match.text} 0"


def domain_lookup(_change: Change) -> str:
    """The old spelling becomes the new one."""
    return "ip domain lookup"


def domain_name(change: Change) -> str:
    """The old spelling becomes the new one."""
    return f"ip domain name {change.args.get('name', '')}".rstrip()


def line_console(change: Change) -> str:
    """`line console 0` is `line con 0`."""
    return f"line con {change.args['number']}"


def banner(match: Match[Line]) -> str:
    """The delimiter is printed as ^C; the text that follows is kept beside the line."""
    kind = next(k for k in ("motd", "login", "exec", "incoming") if k in match.keywords)
    return f"banner {kind} ^C"


# --- secrets --------------------------------------------------------------------------------------


def _encrypts(config: Config) -> bool:
    return config.top.get(_ENCRYPTION) is not None


def _typed(words: list[str]) -> tuple[str, str]:
    """Return type and value of the last words of a secret line ("0" when no type was typed)."""
    known = len(words) > 1 and words[-2] in {"0", "5", "7", "8", "9"}
    return (words[-2], words[-1]) if known else ("0", words[-1])


def enable_secret(change: Change) -> str:
    """A secret typed in the clear is kept as a type 9 hash."""
    text = change.match.text
    if change.form is not Form.SET:
        return text
    kind, value = _typed(text.split()[2:])
    level = f"level {change.args['level']} " if "level" in change.args else ""
    hashed = f"9 {passwords.hash_type9(value)}" if kind == "0" else f"{kind} {value}"
    return f"enable secret {level}{hashed}"


def line_password(change: Change) -> str:
    """A password is kept as typed, or as type 7 under `service password-encryption`."""
    words = change.match.text.split()
    if change.form is not Form.SET:
        return change.match.text
    start = words.index("password") + 1
    kind, value = _typed(words[start:])
    head = " ".join(words[:start])
    if kind == "7":
        return f"{head} 7 {value}"
    return (
        f"{head} 7 {passwords.encode_type7(value)}"
        if _encrypts(change.config)
        else f"{head} {value}"
    )


def user(change: Change) -> str:
    """Complete `username`: what an earlier line said about the user stays."""
    args, keywords = change.args, change.keywords
    name = args["name"]
    if change.form is not Form.SET:
        return f"username {name}"
    before = change.previous.text.split() if change.previous else []
    privilege = args.get("privilege")
    if privilege is None and "privilege" in before:
        privilege = before[before.index("privilege") + 1]
    secret = _secret(change) if keywords & {"secret", "password"} else _kept(before)
    level = f" privilege {privilege}" if privilege not in {None, "1"} else ""
    return f"username {name}{level}{secret}"


def _kept(before: list[str]) -> str:
    for word in ("secret", "password"):
        if word in before[2:]:
            return " " + " ".join(before[before.index(word, 2) :])
    return ""


def _secret(change: Change) -> str:
    word = "secret" if "secret" in change.keywords else "password"
    found = [f.value for f in change.match.found]
    kind, value = _typed(found[found.index(word, 2) + 1 :])
    if kind != "0":
        return f" {word} {kind} {value}"
    if word == "secret":
        return f" secret 9 {passwords.hash_type9(value)}"
    shown = f"7 {passwords.encode_type7(value)}" if _encrypts(change.config) else f"0 {value}"
    return f" password {shown}"


def encrypt_passwords(change: Change) -> list[str]:
    """From now on, and for what is there already: clear passwords become type 7. Not undone by
    `no`."""
    _encrypt_below(change.config.top)
    return []


def _encrypt_below(section: Section) -> None:
    for entry in section.entries.values():
        words = entry.text.split()
        if "password" in words[:5] and words[0] in {"password", "username", "enable"}:
            start = words.index("password") + 1
            kind, value = _typed(words[start:])
            if kind == "0":
                entry.text = f"{' '.join(words[:start])} 7 {passwords.encode_type7(value)}"
        if entry.children:
            _encrypt_below(entry.children)


def public_key(config: Config, section: Section, entry: Entry) -> str | None:
    """A key pasted line by line becomes the MD5 hash of its blob, as IOS keeps it."""
    text = " ".join(line.strip() for line in entry.raw)
    section.entries.pop(entry.identity, None)
    words = text.split()
    kind = words[0] if words and words[0].startswith(("ssh-", "ecdsa-")) else "ssh-rsa"
    blob = words[1] if words and words[0] == kind and len(words) > 1 else "".join(words)
    try:
        raw = base64.b64decode(blob, validate=True)
    except ValueError:
        return "%SSH: Failed to decode the Key Value"
    digest = hashlib.md5(raw, usedforsecurity=False).hexdigest().upper()
    config.put(section, f"key-hash {kind} {digest}")
    return None
