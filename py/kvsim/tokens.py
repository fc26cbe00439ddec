"""Text to labels and back, nothing lost. A label stands where a real server has a token; this is no tokenizer.

A label is one word, number, punctuation mark, emoji, or character of a script that is written without spaces, together
with the white space before it. So `labels("The cat, café")` is `["The", " cat", ",", " café"]`, and joined they are the text again.

Borders between words follow the idea of Unicode Standard Annex #29 (letters, digits and marks stick together; a
family emoji or a flag is one label), with short rules in place of its tables.
"""

import unicodedata

Token = str | int
"""A label of ours, or a token id out of somebody's trace. The engine only compares and hashes them."""

ZERO_WIDTH_JOINER = "\u200d"
INSIDE_A_WORD = "'’_"
INSIDE_A_NUMBER = ".,"
SKIN_TONES = range(0x1F3FB, 0x1F400)
FLAG_LETTERS = range(0x1F1E6, 0x1F200)
# Scripts written without spaces: Thai to Myanmar, Khmer, kana, Chinese characters and their extensions.
UNSPACED = (
    range(0x0E00, 0x10A0),
    range(0x1780, 0x1800),
    range(0x3040, 0x3100),
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0xF900, 0xFB00),
    range(0x20000, 0x32000),
)
_CONTROL_PICTURES = {chr(code): chr(0x2400 + code) for code in range(32)} | {"\x7f": "␡"}


def labels(text: str) -> list[str]:
    """Cut a text into labels; `"".join(labels(text)) == text` for every text. Time linear in its length."""
    found: list[str] = []
    start = 0
    for end in range(1, len(text)):
        if not _sticks(text, start, end):
            found.append(text[start:end])
            start = end
    if text:
        found.append(text[start:])
    return found


def shown(label: Token) -> str:
    """A label as a picture shows it: without the white space before it, never empty, control characters made visible."""
    word = str(label).strip()
    if word and all(unicodedata.category(char) == "Cf" for char in word):
        return " ".join(f"U+{ord(char):04X}" for char in word)
    if word:
        return "".join(_CONTROL_PICTURES.get(char, char) for char in word)
    return "⏎" if "\n" in str(label) else "␣"


def _sticks(text: str, start: int, end: int) -> bool:
    """Whether the character at `end` belongs to the label that runs from `start` up to it."""
    before, here = text[end - 1], text[end]
    if before.isspace():
        return True  # so far the label is white space only: what follows, it precedes
    if here.isspace():
        return False
    if _extends(here) or before == ZERO_WIDTH_JOINER:
        return True
    if ord(here) in FLAG_LETTERS and ord(before) in FLAG_LETTERS:
        return _flag_letters_before(text, start, end) % 2 == 1
    if _is_word(here):
        return _is_word(before) or (before in INSIDE_A_WORD + INSIDE_A_NUMBER and _joins(text, start, end - 1))
    return here in INSIDE_A_WORD + INSIDE_A_NUMBER and _joins(text, start, end)


def _joins(text: str, start: int, middle: int) -> bool:
    """Whether the mark at `middle` sits inside a word (don't) or a number (3.14), with something on both sides."""
    if middle <= start or middle + 1 >= len(text):
        return False
    before, after = text[middle - 1], text[middle + 1]
    if text[middle] in INSIDE_A_NUMBER:
        return before.isdigit() and after.isdigit()
    return _is_word(before) and _is_word(after)


def _is_word(char: str) -> bool:
    """A letter or digit, or a mark on one, of a script that puts spaces between words."""
    if not (char.isalnum() or unicodedata.category(char)[0] == "M"):
        return False
    return not any(ord(char) in script for script in UNSPACED)


def _extends(char: str) -> bool:
    """A character that never stands alone: an accent, a vowel sign, an emoji's skin tone, a joiner."""
    return unicodedata.category(char)[0] == "M" or char == ZERO_WIDTH_JOINER or ord(char) in SKIN_TONES


def _flag_letters_before(text: str, start: int, end: int) -> int:
    """How many flag letters stand in a row right before `end`; two of them make a flag."""
    count = 0
    while end - count > start and ord(text[end - count - 1]) in FLAG_LETTERS:
        count += 1
    return count
