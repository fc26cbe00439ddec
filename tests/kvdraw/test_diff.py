"""Changes turn the picture that is shown into the one that is wanted, whatever came between."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from kvdraw.diff import Picture
from kvdraw.node import Node, el
from kvdraw.one_prompt import moment, run_of
from kvsim.one_prompt import OnePrompt


class Element:
    """As much of an element as the changes need."""

    def __init__(self, node):
        self.tag, self.attributes, self.text = node.tag, dict(node.attributes), node.text
        self.children = [Element(child) for child in node.children]

    def as_node(self):
        return Node(self.tag, "", self.attributes, tuple(child.as_node() for child in self.children), self.text)


class Page:
    """Applies changes as assets/patch.js does. What it is given is markup there; here the nodes are handed over beside it."""

    def __init__(self, shown):
        self.places = [Element(el("place", *nodes)) for nodes in shown.values()]
        self.elements = dict(enumerate(self.places))
        self.inserted = []

    def parent(self, element, below=None):
        for place in self.places if below is None else below.children:
            if below is not None and place is element:
                return below
            found = self.parent(element, place)
            if found:
                return found
        return None

    def apply(self, changes):
        for what, number, *how in changes:
            if what == "find":
                self.elements[number] = self.elements[how[0]].children[how[1]]
                continue
            element = self.elements[number]
            if what == "set":
                element.attributes[how[0]] = how[1]
            elif what == "unset":
                del element.attributes[how[0]]
            elif what == "text":
                element.text = how[0]
            elif what == "fill":
                element.children = [Element(node) for node in self.inserted.pop(0)]
            elif what == "end":
                element.children += [Element(node) for node in self.inserted.pop(0)]
            else:
                siblings = self.parent(element).children
                if what == "front":
                    place = siblings.index(element)
                    siblings[place:place] = [Element(node) for node in self.inserted.pop(0)]
                elif what == "remove":
                    siblings.remove(element)
                elif what == "move":
                    siblings.remove(element)
                    siblings.insert(siblings.index(self.elements[how[0]]), element)
                else:
                    raise ValueError(what)


def bare(node):
    return node._replace(key="", attributes=dict(node.attributes), children=tuple(map(bare, node.children)))


def order(element):
    """The names of all attributes in order, of an element or of a node."""
    return [list(element.attributes), *map(order, element.children)]


KEYS = st.sampled_from(["", *"abcde"])
TAGS = st.sampled_from("gp")
SOME = st.one_of(st.none(), st.integers(0, 3))


def leaf(tag, key, text, side, other):
    return el(tag, key=key, text=text, x=side, y=other, z=side)


def branch(tag, key, children):
    return el(tag, *children, key=key)


leaves = st.builds(leaf, TAGS, KEYS, st.text(max_size=2), SOME, SOME)
trees = st.recursive(leaves, lambda inside: st.builds(branch, TAGS, KEYS, st.lists(inside, max_size=6)), max_leaves=12)
pictures = st.lists(trees, max_size=4)


def show(monkeypatch_markup, moments):
    """Show one picture after another; after each, the page must hold just that."""
    page, picture = Page(moments[0]), Picture(moments[0])
    for wanted in moments[1:]:
        monkeypatch_markup.clear()
        changes = picture.changes(wanted)
        page.inserted = monkeypatch_markup.taken(changes)
        page.apply(changes)
        for place, nodes in zip(page.places, wanted.values(), strict=True):
            assert [child.as_node() for child in place.children] == [bare(node) for node in nodes]
            assert list(map(order, place.children)) == list(map(order, nodes)), "attributes, too, are in the order in which they were drawn"
    return page, picture


class Markups:
    """Remembers which nodes a piece of markup was made of, so that the page need not read HTML."""

    def __init__(self):
        self.nodes = {}

    def clear(self):
        self.nodes.clear()

    def __call__(self, node):
        name = f"[{len(self.nodes)}]"
        self.nodes[name] = node
        return name

    def taken(self, changes):
        pieces = [change[-1] for change in changes if change[0] in ("fill", "end", "front")]
        return [[self.nodes[f"[{number}]"] for number in piece.strip("[]").split("][") if number] for piece in pieces]


def checked(moments):
    import kvdraw.diff as diff

    kept, diff.markup = diff.markup, Markups()
    try:
        return show(diff.markup, moments)
    finally:
        diff.markup = kept


@settings(max_examples=80)
@given(st.lists(st.tuples(pictures, pictures), min_size=2, max_size=4))
def test_after_the_changes_the_page_shows_what_was_wanted(moments):
    checked([{"one": one, "two": two} for one, two in moments])


def test_each_step_of_a_run_forward_and_back_leaves_nothing_behind():
    run = run_of(OnePrompt(kv_policy="sliding window"))
    steps = [*range(15), *range(13, -1, -1), 7, 2, 12]
    checked([moment(run, position, [1080]) for position in steps])


def test_numbers_of_what_is_gone_are_given_to_others_so_they_do_not_grow_without_end():
    run = run_of(OnePrompt())
    _, picture = checked([moment(run, position, [1080]) for position in [*range(15), *range(13, -1, -1)]])
    after_one_round = picture._next_number
    _, picture = checked([moment(run, position, [1080]) for position in [*range(15), *range(13, -1, -1)] * 4])
    assert picture._next_number <= after_one_round * 1.5


def test_what_stays_the_same_costs_no_change():
    run = run_of(OnePrompt())
    picture = Picture(moment(run, 6, [1080]))
    assert picture.changes(moment(run, 6, [1080])) == []


def test_changes_are_plain_json():
    run = run_of(OnePrompt(prompt="\u2028 </script> \"'"))
    picture = Picture(moment(run, 0, [1080]))
    changes = picture.changes(moment(run, 1, [1080]))
    assert json.loads(json.dumps(changes)) == changes
