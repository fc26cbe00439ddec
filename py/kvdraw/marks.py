"""The drawing vocabulary: colour says whose, the mark says what. Every picture takes its marks from here.

    written   solid hue, bold word          read     tint and a dot on the edge
    stored    outline only                  sampled  dashed outline: no KV yet
    empty     a short dash in a held slot   others   one grey block
    free      dashed grey frame             null     a diagonal

How these look is in assets/site.css, under the same names.
"""

from functools import lru_cache

from kvdraw.measure import fit
from kvdraw.node import Node, el, num
from kvdraw.view import TokenView

TOKEN_HEIGHT = 30
TOKEN_FONT = 13.0
SAY = {
    "written": "its KV is written in this step",
    "read": "its KV is stored, and read in this step",
    "stored": "its KV is stored, not read in this step",
    "empty": "no KV yet",
    "hole": "its KV is gone",
}
"""The states in words, for tooltips and tables."""


def mark_of(token: TokenView) -> str:
    """The mark of a token's box: its state, or `next` while it has no KV."""
    return "next" if token.state == "empty" else token.state


def rect(x: float, y: float, width: float, height: float, class_: str, radius: float = 4) -> Node:
    return el("rect", x=x, y=y, width=width, height=height, rx=radius, class_=class_)


def label(x: float, y: float, text: str, class_: str, anchor: str = "middle", key: str = "") -> Node:
    return el("text", key=key, x=x, y=y, text_anchor=anchor, class_=class_, text=text)


def line(d: str, class_: str, key: str = "") -> Node:
    return el("path", key=key, d=d, class_=class_)


def dot(x: float, y: float, radius: float = 3.2) -> Node:
    """Read in this step."""
    return el("circle", key="dot", cx=x, cy=y, r=radius, class_="dot")


@lru_cache(maxsize=2048)  # most tokens look as they did a step before
def token_box(token: TokenView, x: float, y: float, width: float, request: str, *, words: bool = True, height: float = TOKEN_HEIGHT) -> Node:
    """One token of the sequence, where it stands in the text."""
    return el(
        "g",
        el("title", text=f"position {token.position}: {token.label}, {SAY[token.state]}"),
        rect(x + 0.5, y + 0.5, width - 1, height - 1, f"m m-{mark_of(token)}"),
        label(x + width / 2, y + height / 2 + 4.5, fit(token.label, width - 4, TOKEN_FONT), "t") if words else None,
        dot(x + width / 2, y + 0.5) if token.state == "read" else None,
        key=f"token{token.position}",
        class_=f"tok s-{mark_of(token)}",
        data_pos=token.position,
        data_request=request,
        data_state=token.state,
        data_sampled="true" if token.sampled else None,
    )


def connector(x1: float, y1: float, x2: float, y2: float, key: str) -> Node:
    """From an entry of the block table to the block that it names, with an arrowhead."""
    bend = (y2 - y1) * 0.55
    end = y2 - 4
    curve = f"M{num(x1)} {num(y1)}C{num(x1)} {num(y1 + bend)} {num(x2)} {num(end - bend)} {num(x2)} {num(end)}"
    return el("g", line(curve, "con"), line(f"M{num(x2 - 3.5)} {num(y2 - 4.5)}h7l-3.5 5z", "head"), key=key)


def tag(x: float, y: float, text: str, class_: str) -> Node:
    """CPU or GPU: where a thing lives."""
    return el("g", rect(x, y - 12, 34, 16, f"tag {class_}", 3), label(x + 17, y + 0.5, text, f"tagt {class_}"))
