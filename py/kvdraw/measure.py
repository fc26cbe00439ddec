"""How wide a text will be: an estimate from the widths of a common sans-serif face, since drawing knows no browser."""

import unicodedata
from functools import lru_cache

_EM = {
    char: width
    for chars, width in (
        ("ijl|'.,:;I!‘’", 0.25),
        ('ft()[]/r -"“”', 0.33),
        ("cksvxyzJ", 0.5),
        ("ABEKPSVXY", 0.67),
        ("CDHNRUwTFZ", 0.72),
        ("GOQ", 0.78),
        ("mMW@%", 0.86),
    )
    for char in chars
}
_OTHER_LATIN, _WIDE = 0.56, 1.0
NARROWEST = 0.25
"""The narrowest character in the table, in em."""


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """The width of a text in pixels at a font size in pixels."""
    return sum(_char_width(char) for char in text) * size


def fit(text: str, width: float, size: float) -> str:
    """The text, or as much of its beginning as fits, with an ellipsis; at least one character of it."""
    if text_width(text, size) <= width:
        return text
    text = text[: int(width / (size * NARROWEST)) + 1]  # more can't fit, and a word may be very long
    end = len(text)
    while end > 1 and text_width(text[:end] + "…", size) > width:
        end -= 1
    while 1 < end < len(text) and _char_width(text[end]) == 0:
        end -= 1  # an accent is not cut off its letter
    return text[: max(end, 1)] + "…"


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in lines that fit a width, broken between words; a word that is longer has a line of its own, cut."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(fit(word, width, size))
    return lines


def is_estimated_well(text: str) -> bool:
    """Whether the width is known about as well as a font is: for Latin letters it is, for other scripts and emoji it may be far off."""
    return all(char < "\u0250" or char in "…‘’“”–—" for char in text)


@lru_cache(maxsize=64)
def balanced(text: str, width: float, size: float) -> list[str]:
    """The same, in lines about equally long."""
    lines = wrapped(text, width, size)
    narrower = int(width)
    while narrower > 40 and _fits_in(text, narrower - 4, size, len(lines)):
        narrower -= 4
    return wrapped(text, narrower, size)


def _fits_in(text: str, width: float, size: float, most_lines: int) -> bool:
    lines = wrapped(text, width, size)
    return len(lines) <= most_lines and " ".join(lines).split() == text.split()


def _char_width(char: str) -> float:
    if char in _EM:
        return _EM[char]
    if char < "\u0300":
        return _OTHER_LATIN
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    return _WIDE if unicodedata.east_asian_width(char) in "WF" or char >= "\U00010000" else 0.62
