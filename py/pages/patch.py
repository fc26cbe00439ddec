"""Redraw by touching only what differs: the tree that was drawn last is compared with the new one, node by node.

Elements are looked up once and kept, since each look-up and each call into the browser costs microseconds. Nothing is
read back from the document: what is in it is what was drawn last, by us here or beforehand into the page.
"""

from collections.abc import Iterable
from typing import Any

from kvdraw.node import Node, el, markup


class Mount:
    """A place in the page that shows a list of nodes."""

    def __init__(self, element: Any, drawn: Iterable[Node]) -> None:
        """`drawn` is what the element holds already."""
        self._root = _Drawn(el("root", *drawn), element)

    def draw(self, nodes: Iterable[Node]) -> None:
        _patch(self._root, el("root", *nodes))


class _Drawn:
    """A node and the element that shows it."""

    __slots__ = ("_children", "element", "node")

    def __init__(self, node: Node, element: Any) -> None:
        self.node = node
        self.element = element
        self._children: list[_Drawn] | None = None

    @property
    def children(self) -> list["_Drawn"]:
        """The same for each child; their elements are looked up when somebody first asks."""
        if self._children is None:
            self._children = [_Drawn(node, element) for node, element in zip(self.node.children, self.element.children, strict=True)]
        return self._children

    @children.setter
    def children(self, value: list["_Drawn"] | None) -> None:
        self._children = value


def _patch(drawn: _Drawn, new: Node) -> None:
    old = drawn.node
    if old is new or old == new:
        return
    _patch_attributes(drawn.element, old, new)
    if old.text != new.text:
        drawn.element.textContent = new.text
    if old.children != new.children:
        _patch_children(drawn, new)
    drawn.node = new


def _patch_attributes(element: Any, old: Node, new: Node) -> None:
    if old.attributes == new.attributes:
        return
    for name, value in new.attributes.items():
        if old.attributes.get(name) != value:
            element.setAttribute(name, value)
    for name in old.attributes.keys() - new.attributes.keys():
        element.removeAttribute(name)


def _patch_children(drawn: _Drawn, new: Node) -> None:
    before = dict(zip(_names(drawn.node.children), drawn.children, strict=True))
    names = _names(new.children)
    if not before.keys() & set(names):  # nothing stays
        drawn.element.innerHTML = "".join(map(markup, new.children))
        drawn.children = None
        return
    for name in before.keys() - set(names):
        before.pop(name).element.remove()
    added = [(name, node) for name, node in zip(names, new.children, strict=True) if name not in before]
    for name, node in zip(names, new.children, strict=True):
        if name in before:
            _patch(before[name], node)
    in_place = list(before.values())
    for child, (name, _) in zip(_append(drawn.element, [node for _, node in added]), added, strict=True):
        before[name] = child
        in_place.append(child)
    drawn.children = _put_in_order(drawn.element, in_place, [before[name] for name in names])


def _append(parent: Any, nodes: list[Node]) -> list[_Drawn]:
    """Add nodes at the end, all with one call."""
    if not nodes:
        return []
    last = parent.lastElementChild
    parent.insertAdjacentHTML("beforeend", "".join(map(markup, nodes)))
    drawn = []
    element = last.nextElementSibling if last else parent.firstElementChild
    for node in nodes:
        drawn.append(_Drawn(node, element))
        element = element.nextElementSibling
    return drawn


def _put_in_order(parent: Any, in_place: list[_Drawn], wanted: list[_Drawn]) -> list[_Drawn]:
    """Move only those elements that do not stand where they should."""
    for place, child in enumerate(wanted):
        if in_place[place] is not child:
            parent.insertBefore(child.element, in_place[place].element)
            in_place.remove(child)
            in_place.insert(place, child)
    return wanted


def _names(nodes: tuple[Node, ...]) -> list[tuple[str, str, int]]:
    """What each node is known by among its siblings: tag, key, and the how-manieth of these it is."""
    seen: dict[tuple[str, str], int] = {}
    names = []
    for node in nodes:
        count = seen[node.identity] = seen.get(node.identity, -1) + 1
        names.append((*node.identity, count))
    return names
