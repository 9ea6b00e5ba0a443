"""IOS password forms: 0 clear, 5 MD5-crypt, 7 Vigenere (reversible), 8 PBKDF2, 9 scrypt.

Parameters of 8 and 9 as IOS writes them: salt of 14 characters, 20000 rounds of SHA-256 (type 8),
scrypt with N=16384, r=1, p=1 (type 9), base64 in crypt's own alphabet without padding. Type 7 is
no protection: its key is public.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string

_CRYPT = "./" + string.digits + string.ascii_uppercase + string.ascii_lowercase
_BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_TO_CRYPT = str.maketrans(_BASE64, _CRYPT)
_XLAT = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=").translate(_TO_CRYPT)


def _salt(length: int) -> str:
    return "".join(secrets.choice(_CRYPT) for _ in range(length))


def hash_type9(password: str, salt: str | None = None) -> str:
    """Return `$9$salt$hash`; a new salt unless given."""
    salt = salt or _salt(14)
    raw = hashlib.scrypt(password.encode(), salt=salt.encode(), n=16384, r=1, p=1, dklen=32)
    return f"$9${salt}${_encode(raw)}"


def hash_type8(password: str, salt: str | None = None) -> str:
    """Return `$8$salt$hash`."""
    salt = salt or _salt(14)
    raw = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 20000, 32)
    return f"$8${salt}${_encode(raw)}"


def hash_type5(password: str, salt: str) -> str:
    """Return `$1$salt$hash` (MD5-crypt, 1000 rounds)."""
    secret, seed = password.encode(), salt.encode()[:8]
    inner = hashlib.md5(secret + seed + secret, usedforsecurity=False).digest()
    text = secret + b"$1$" + seed
    text += (inner * (len(secret) // 16 + 1))[: len(secret)]
    length = len(secret)
    while length:
        text += b"\0" if length & 1 else secret[:1]
        length >>= 1
    final = hashlib.md5(text, usedforsecurity=False).digest()
    for turn in range(1000):
        block = secret if turn & 1 else final
        block += seed if turn % 3 else b""
        block += secret if turn % 7 else b""
        block += final if turn & 1 else secret
        final = hashlib.md5(block, usedforsecurity=False).digest()
    out = ""
    for trio in ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)):
        out += _to64(final[trio[0]] << 16 | final[trio[1]] << 8 | final[trio[2]], 4)
    return f"$1${seed.decode()}${out}{_to64(final[11], 2)}"


def _to64(value: int, count: int) -> str:
    return "".join(_CRYPT[value >> 6 * place & 63] for place in range(count))


def encode_type7(password: str, seed: int | None = None) -> str:
    """Return the type 7 form; `seed` 0 to 15, random unless given."""
    seed = secrets.randbelow(16) if seed is None else seed
    raw = bytes(c ^ _XLAT[(seed + at) % len(_XLAT)] for at, c in enumerate(password.encode()))
    return f"{seed:02d}{raw.hex().upper()}"


def decode_type7(text: str) -> str:
    """Return the password in a type 7 text; raise ValueError when it is none."""
    seed, raw = int(text[:2]), bytes.fromhex(text[2:])
    return bytes(c ^ _XLAT[(seed + at) % len(_XLAT)] for at, c in enumerate(raw)).decode()


def verify(password: str, kind: str, stored: str) -> bool:
    """Tell whether `password` is the one kept as `stored` of type `kind` ("0", "5", "7", "8",
    "9")."""
    try:
        salt = stored.split("$")[2] if kind in {"5", "8", "9"} else ""
        match kind:
            case "0":
                wanted, given = stored, password
            case "7":
                wanted, given = decode_type7(stored), password
            case "5":
                wanted, given = stored, hash_type5(password, salt)
            case "8":
                wanted, given = stored, hash_type8(password, salt)
            case "9":
                wanted, given = stored, hash_type9(password, salt)
            case _:
                return False
    except (ValueError, IndexError):
        return False
    return hmac.compare_digest(wanted.encode(), given.encode())
