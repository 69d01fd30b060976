"""Random numbers that depend on their key alone: the same on every machine and in any order."""

from __future__ import annotations

import hashlib
import random


def number(*key: object) -> int:
    """Return a 64-bit integer that depends on nothing but the key."""
    return _digest(8, key)


def fraction(*key: object) -> float:
    """Return a number in [0, 1) that depends on nothing but the key."""
    return number(*key) / 2**64


def draws(*key: object) -> random.Random:
    """Return a source of numbers that starts at the same place for the same key."""
    return random.Random(number(*key))  # noqa: S311 - chance for a simulation, never for a secret


def digits(length: int, *key: object) -> str:
    """Return a number of the given length (at most 40 digits), leading zeros included, fixed by the key."""
    return f"{_digest(20, key) % 10**length:0{length}d}"


def code(alphabet: str, length: int, *key: object) -> str:
    """Return an identifier of the given length (at most 24) over the alphabet, fixed by the key."""
    left, base, characters = _digest(20, key), len(alphabet), []
    for _ in range(length):
        left, position = divmod(left, base)
        characters.append(alphabet[position])
    return "".join(characters)


def _digest(size: int, key: tuple[object, ...]) -> int:
    return int.from_bytes(hashlib.blake2b("\x1f".join(map(str, key)).encode(), digest_size=size).digest(), "big")
