"""What the marks mean: each as it is drawn in the pictures, with its name."""

from kvdraw.marks import box, dot, dots, line, pin, rect
from kvdraw.node import Node, el

WIDTH, HEIGHT = 22, 18


def legend() -> list[Node]:
    """List items, a mark and its name in each."""
    return [
        _item("written now", box(1, 1, 20, 16, "written")),
        _item("read now", box(1, 1, 20, 16, "read"), dots([dot(11, 1.8, 2.6)])),
        _item("stored, not read", box(1, 1, 20, 16, "stored")),
        _item("pinned", pin(11, 15)),
        _item("no KV yet", box(1, 1, 20, 16, "next")),
        _item("gone", el("text", x=11, y=13, text_anchor="middle", class_="t gone", text="abc"), line("M0 9h22", "strike")),
        _item("held, empty", _block("ours"), rect(3, 3, 16, 12, "f f-empty", 3), line("M8 9h6", "nil")),
        _item("free, cached", _block("cached")),
        _item("free", _block("free")),
        _item("others’", _block("other")),
    ]


def _block(owner: str) -> Node:
    return el("g", rect(1.5, 1.5, 19, 15, "frame"), class_=f"o-{owner}")


def _item(name: str, *parts: Node) -> Node:
    return el("li", el("svg", *parts, class_="swatch", width=WIDTH, height=HEIGHT, aria_hidden="true"), el("span", text=name), key=name)
