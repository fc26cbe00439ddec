"""A picture as a tree of nodes, and that tree as markup.

Libraries that write SVG or HTML (htpy, svg.py, drawsvg) give text. A page that redraws itself needs more: two trees that
can be compared, so that only what differs is touched. Hence a node of our own, with a key, and nothing else.

Whatever comes from a visitor goes through `text` or an attribute's value, and both are escaped: it stays text.
"""

from collections.abc import Mapping
from functools import cache
from html import escape
from typing import NamedTuple

VOID = frozenset({"input"})
"""Elements of HTML that have no end."""


class Node(NamedTuple):
    """An element with either children or text. Among its siblings a node is known by its key (and by its tag)."""

    tag: str
    key: str
    attributes: Mapping[str, str]
    children: tuple["Node", ...]
    text: str

    @property
    def identity(self) -> tuple[str, str]:
        """What says that a node drawn later is the same thing, changed, and not another thing."""
        return self.tag, self.key


def el(tag: str, *children: Node | None, key: str | int = "", text: str = "", **attributes: str | float | None) -> Node:
    """A node. `class_` stands for class, `data_state` for data-state; an attribute or child that is None is left out."""
    named = {_attribute(name): value if isinstance(value, str) else num(value) for name, value in attributes.items() if value is not None}
    return Node(tag, str(key), named, tuple(child for child in children if child is not None), text)


@cache
def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def num(value: float) -> str:
    """A number as short as a tenth of a pixel allows."""
    return f"{value:.1f}".removesuffix(".0")


def markup(node: Node) -> str:
    """The node as HTML (or SVG inside HTML), everything from outside escaped."""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in node.attributes.items())
    if node.tag in VOID:
        return f"<{node.tag}{attributes}>"
    inside = escape(node.text) + "".join(map(markup, node.children))
    return f"<{node.tag}{attributes}>{inside}</{node.tag}>"
