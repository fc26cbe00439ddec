"""What must be done to a page to turn the picture that it shows into another one: only what differs, as a list of changes.

Elements are called by numbers: whoever applies the changes (assets/patch.js in a browser) keeps them by these. An element
gets its number when something of it changes for the first time; most never do.

    find N of P at I      element N is from now on the I-th child of element P
    set N name value      set an attribute                 fill N html      replace all that is inside
    unset N name          remove one                       end N html       add at the end inside
    text N text           set the text inside              front N html     add right before it
    remove N              take it out                      move N before M
"""

from collections.abc import Iterable, Mapping, Sequence

from kvdraw.node import Node, el, markup

Change = list[str | int]


class Picture:
    """What a page shows in its places, by their names; `changes` compares that with what it is to show."""

    def __init__(self, shown: Mapping[str, Iterable[Node]]) -> None:
        """The places have the numbers 0, 1, ... in this order, and hold these nodes already."""
        self._places = {name: _Shown(el("place", *nodes), None, number) for number, (name, nodes) in enumerate(shown.items())}
        self._changes: list[Change] = []
        self._next_number = len(self._places)
        self._free_numbers: list[int] = []

    def changes(self, wanted: Mapping[str, Iterable[Node]]) -> list[Change]:
        """What to do, in order, so that each of these places shows its nodes; from then on they count as shown."""
        self._changes = []
        for name, nodes in wanted.items():
            self._compare(self._places[name], el("place", *nodes))
        return self._changes

    def _compare(self, shown: "_Shown", new: Node) -> None:
        old = shown.node
        if old is new or old == new:
            return
        if old.attributes != new.attributes:
            self._compare_attributes(self._number(shown), old, new)
        if old.text != new.text:
            self._changes.append(["text", self._number(shown), new.text])
        if old.children is not new.children:
            self._compare_children(shown, new.children)
        shown.node = new

    def _compare_attributes(self, number: int, old: Node, new: Node) -> None:
        """If one comes or goes, those behind it are set anew, so that the element has them in the order in which they were drawn."""
        if old.attributes.keys() == new.attributes.keys():
            self._changes += [["set", number, name, value] for name, value in new.attributes.items() if old.attributes[name] != value]
            return
        before, after = list(old.attributes.items()), list(new.attributes.items())
        same = 0
        while same < min(len(before), len(after)) and before[same][0] == after[same][0]:
            same += 1
        self._changes += [["set", number, name, value] for (name, value), was in zip(after[:same], before, strict=False) if (name, value) != was]
        self._changes += [["unset", number, name] for name, _ in before[same:]]
        self._changes += [["set", number, name, value] for name, value in after[same:]]

    def _compare_children(self, shown: "_Shown", nodes: Sequence[Node]) -> None:
        """Most children are the same things as before, in the same order: only between those at both ends does anything come or go."""
        old = shown.node.children
        head = 0
        for child, before, after in zip(shown.children, old, nodes, strict=False):
            if before is not after:
                if before.key != after.key or before.tag != after.tag:
                    break
                self._compare(child, after)
            head += 1
        if head == len(old) == len(nodes):
            return
        tail = 0
        while tail < min(len(old), len(nodes)) - head and old[-1 - tail].identity == nodes[-1 - tail].identity:
            tail += 1
        if not head and not tail and not set(_names(old)) & set(_names(nodes)):
            self._replace_all(shown, nodes)
            return
        for place in range(-tail, 0):
            self._compare(shown.children[place], nodes[place])
        self._compare_middle(shown, nodes, head, tail)

    def _replace_all(self, shown: "_Shown", nodes: Sequence[Node]) -> None:
        self._changes.append(["fill", self._number(shown), "".join(map(markup, nodes))])
        for child in shown.children:
            self._forget(child)
        shown.children = [_Shown(node, shown) for node in nodes]

    def _compare_middle(self, shown: "_Shown", nodes: Sequence[Node], head: int, tail: int) -> None:
        """Between the first `head` and the last `tail` children: what is gone leaves, what is new comes in, and all are put in order."""
        end = len(shown.children) - tail
        middle, after, nodes = shown.children[head:end], shown.children[end:], nodes[head : len(nodes) - tail]
        names = _names(nodes)
        before = dict(zip(_names([child.node for child in middle]), middle, strict=True))
        staying = set(names)
        kept = [child for name, child in before.items() if name in staying]
        gone = [child for name, child in before.items() if name not in staying]
        for number in [self._number(child) for child in gone]:  # found before the first one leaves
            self._changes.append(["remove", number])
        for child in gone:
            self._forget(child)
        shown.children = [*shown.children[:head], *kept, *after]
        added = [_Shown(node, shown) for name, node in zip(names, nodes, strict=True) if name not in before]
        if added:
            where, beside = ("front", after[0]) if after else ("end", shown)
            self._changes.append([where, self._number(beside), "".join([markup(child.node) for child in added])])
            shown.children = [*shown.children[:head], *kept, *added, *after]
        arriving = iter(added)
        wanted = [before[name] if name in before else next(arriving) for name in names]
        self._put_in_order(shown, head, wanted)
        for child, node in zip(wanted, nodes, strict=True):
            self._compare(child, node)

    def _put_in_order(self, shown: "_Shown", head: int, wanted: list["_Shown"]) -> None:
        """Move only those behind the first `head` that do not stand where they should."""
        for place, child in enumerate(wanted, head):
            there = shown.children[place]
            if there is not child:
                self._changes.append(["move", self._number(child), self._number(there)])
                shown.children.remove(child)
                shown.children.insert(place, child)

    def _number(self, shown: "_Shown") -> int:
        """The element's number; the first time, its parent is asked for it."""
        if shown.number is None:
            assert shown.parent
            parent = self._number(shown.parent)
            if self._free_numbers:
                shown.number = self._free_numbers.pop()
            else:
                shown.number, self._next_number = self._next_number, self._next_number + 1
            self._changes.append(["find", shown.number, parent, shown.parent.children.index(shown)])
        return shown.number

    def _forget(self, shown: "_Shown") -> None:
        """It is no longer shown: its number, and those of all inside it, can be given to others."""
        if shown.number is not None:
            self._free_numbers.append(shown.number)
        for child in shown.known_children:
            self._forget(child)


class _Shown:
    """A node that is shown, and its children in the order in which they stand in the page."""

    __slots__ = ("known_children", "node", "number", "parent")

    def __init__(self, node: Node, parent: "_Shown | None", number: int | None = None) -> None:
        self.node = node
        self.parent = parent
        self.number = number
        self.known_children: list[_Shown] = []  # none, until somebody asks

    @property
    def children(self) -> list["_Shown"]:
        if not self.known_children:
            self.known_children = [_Shown(node, self) for node in self.node.children]
        return self.known_children

    @children.setter
    def children(self, value: list["_Shown"]) -> None:
        self.known_children = value


def _names(nodes: Iterable[Node]) -> list[tuple[str, str, int]]:
    """What each node is known by among its siblings: tag, key, and the how-manieth of these it is."""
    seen: dict[tuple[str, str], int] = {}
    names = []
    for node in nodes:
        count = seen[node.identity] = seen.get(node.identity, -1) + 1
        names.append((*node.identity, count))
    return names
