"""The drawing vocabulary: colour says whose, the mark says what. Every picture takes its marks from here.

    written   solid hue, bold word, a cut corner     read      tint and a dot on the edge
    stored    outline only                           sampled   dashed outline: no KV yet
    gone      struck through, no box                 pinned    a pin
    empty     a short dash in a held slot            others    one grey block
    cached    dashed outline in our hue, words in italic: free, and can still be found
    free      dashed grey frame                      null      a diagonal

How these look is in assets/site.css, under the same names. Marks that are drawn again come out of a cache: the same object
costs nothing to compare with itself.
"""

from collections.abc import Iterable
from functools import lru_cache

from kvdraw.measure import fit, is_estimated_well, text_width
from kvdraw.node import Node, el, num
from kvdraw.view import TokenView

TOKEN_HEIGHT = 30
TOKEN_FONT = 13.0
NIB = 7
"""How much of a written box's corner is cut, in pixels."""

SAY = {
    "written": "its KV is written in this step",
    "read": "its KV is stored, and read in this step",
    "stored": "its KV is stored, not read in this step",
    "empty": "no KV yet",
    "hole": "its KV is gone",
}
"""The states in words, for tooltips and tables."""


def say(token: TokenView) -> str:
    """A token's state in words."""
    pinned = ", and pinned" if token.pinned else ""
    return ("said now, no KV yet" if token.sampled else SAY[token.state]) + pinned


@lru_cache(maxsize=4096)
def rect(x: float, y: float, width: float, height: float, class_: str, radius: float = 4, key: str = "") -> Node:
    return el("rect", key=key, x=x, y=y, width=width, height=height, rx=radius, class_=class_)


@lru_cache(maxsize=4096)
def label(x: float, y: float, text: str, class_: str, anchor: str = "middle", key: str = "") -> Node:
    return el("text", key=key, x=x, y=y, text_anchor=anchor, class_=class_, text=text)


@lru_cache(maxsize=4096)
def word(x: float, y: float, text: str, room: float, size: float, class_: str) -> Node:
    """A text in the middle of a box that has room for it, cut with an ellipsis if need be. One that fills its room is set to
    exactly the width that it should have, since in some readers' fonts it would be wider."""
    shown = fit(text, room, size)
    width = text_width(shown, size)
    exact = min(width, room) if width > 0.8 * room and is_estimated_well(shown) else None
    return el("text", x=x, y=y, text_anchor="middle", class_=class_, text=shown, textLength=exact, lengthAdjust=exact and "spacingAndGlyphs")


@lru_cache(maxsize=4096)
def line(d: str, class_: str, key: str = "") -> Node:
    return el("path", key=key, d=d, class_=class_)


@lru_cache(maxsize=8192)
def dot(x: float, y: float, radius: float = 3.2) -> str:
    """Read in this step: a dot on the edge of a box, as a part of a path."""
    r, across = num(radius), num(2 * radius)
    return f"M{num(x - radius)} {num(y)}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0-{across} 0z"


def dots(each: Iterable[str]) -> Node:
    """All dots as one path, since they come and go in every step."""
    return el("path", key="dots", class_="dot", d="".join(each))


@lru_cache(maxsize=4096)
def pin(x: float, y: float) -> Node:
    """A drawing pin, 7 by 11, its point at (x, y)."""
    return el("path", key="pin", class_="pin", d=f"M{num(x)} {num(y)}v-5a3.3 3.3 0 1 0-.1 0z")


@lru_cache(maxsize=4096)
def outline(x: float, y: float, width: float, height: float, mark: str, radius: float = 4) -> str:
    """A box as a path: with round corners, and one of them cut if it is written now, to be told without colour."""
    r = min(radius, width / 3)
    start, down = f"M{num(x)} {num(y + r)}", f"v{num(height - 2 * r)}"
    left = f"q0-{num(r)} {num(r)}-{num(r)}"
    if mark == "written":
        nib = min(NIB, width / 3)
        right = f"h{num(width - r - nib)}l{num(nib)} {num(nib)}v{num(height - nib - r)}"
    else:
        right = f"h{num(width - 2 * r)}q{num(r)} 0 {num(r)} {num(r)}{down}"
    bottom = f"q0 {num(r)}-{num(r)} {num(r)}h-{num(width - 2 * r)}q-{num(r)} 0-{num(r)}-{num(r)}z"
    return start + left + right + bottom


def box(x: float, y: float, width: float, height: float, mark: str, radius: float = 4) -> Node:
    """A token's box, with its mark."""
    return line(outline(x, y, width, height, mark, radius), f"m m-{mark}")


@lru_cache(maxsize=4096)
def strike(x: float, y: float, width: float) -> Node:
    """Gone."""
    return line(f"M{num(x + 3)} {num(y)}h{num(width - 6)}", "strike")


def token_box(token: TokenView, x: float, y: float, width: float, request: str, *, words: bool = True, height: float = TOKEN_HEIGHT) -> Node:
    """One token of the sequence, where it stands in the text."""
    gone = token.state == "hole"
    return el(
        "g",
        el("title", text=f"position {token.position}: {token.label}, {say(token)}"),
        line(outline(x + 0.5, y + 0.5, width - 1, height - 1, token.state, 4 if words else 3), "m"),
        word(x + width / 2, y + height / 2 + 4.5, token.label, width - 6, TOKEN_FONT, "t") if words else None,
        strike(x, y + height / 2, width) if gone else None,
        key=f"token{token.position}",
        class_="tok",
        role="img",
        tabindex=-1,
        data_pos=token.position,
        data_request=request,
        data_state=token.state,
        data_pinned="true" if token.pinned else None,
        data_sampled="true" if token.sampled else None,
    )


@lru_cache(maxsize=4096)
def connector(x1: float, y1: float, x2: float, y2: float, key: str, logical: int, *, cut: bool = False) -> Node:
    """From an entry of the block table to the block that it names, with an arrowhead; `cut`: to the block that it gave back."""
    bend = (y2 - y1) * 0.55
    end = y2 - 4
    curve = f"M{num(x1)} {num(y1)}C{num(x1)} {num(y1 + bend)} {num(x2)} {num(end - bend)} {num(x2)} {num(end)}"
    head = None if cut else line(f"M{num(x2 - 3.5)} {num(y2 - 4.5)}h7l-3.5 5z", "head")
    return el("g", line(curve, "con cut" if cut else "con"), head, key=key, class_="wire", data_logical=logical)


@lru_cache(maxsize=4096)
def tag(x: float, y: float, text: str, class_: str) -> Node:
    """CPU or GPU: where a thing lives."""
    return el("g", rect(x, y - 12, 34, 16, f"tag {class_}", 3), label(x + 17, y + 0.5, text, f"tagt {class_}"), key=f"tag{text}")


@lru_cache(maxsize=4096)
def bar(x: float, y: float, width: float, part: float, class_: str) -> Node:
    """How much of a whole, as a bar 6 pixels high."""
    return el("g", rect(x + 0.5, y + 0.5, width - 1, 5, "bar", 2.5), rect(x, y, width * part, 6, f"bar-in {class_}", 3) if part else None, key=f"bar-{class_}")
