"""The whole picture: nothing overlaps, nothing is cut off, and every slot is there once, at all sizes that can be asked for."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvdraw.block_table import HEIGHT, row_of_places
from kvdraw.figure import figure
from kvdraw.measure import balanced, wrapped
from kvdraw.node import markup
from kvdraw.one_prompt import FIRST_WIDTHS, moment, run_of, whole_run
from kvdraw.pool import shape
from kvdraw.strip import layout
from kvdraw.view import view_of
from kvsim.one_prompt import FIELDS, MOST_SLOTS, OnePrompt
from kvsim.policies import POLICIES
from kvsim.recording import Recording

WIDTHS = st.integers(288, 1220)
SIZES = st.integers(*FIELDS["block_size"].range)
POOLS = st.builds(lambda size, blocks: (size, min(blocks, MOST_SLOTS // size)), SIZES, st.integers(*FIELDS["num_gpu_blocks"].range))


def walk(node):
    yield node
    for child in node.children:
        yield from walk(child)


def drawn(position=6, width=1080, kv_policy="full attention", **asked):
    recording = Recording(OnePrompt(kv_policy=kv_policy, **asked).scenario()).run()
    position = min(position, recording.last_position)
    return figure(view_of(recording, position, recording.board(position)), width)


@given(st.lists(st.text("abcdefgh東🙂", min_size=1, max_size=20), min_size=1, max_size=500), st.integers(1, 32), WIDTHS)
def test_tokens_stand_in_order_without_overlap_and_inside_the_width(labels, block_size, width):
    placed = layout(tuple(labels), block_size, width)
    assert len(placed.boxes) == len(labels)
    for before, after in pairwise(placed.boxes):
        assert (after.row, after.x) > (before.row, before.x)
        if after.row == before.row:
            assert after.x >= before.x + before.width
    assert all(box.x >= 0 and box.x + box.width <= width + 0.5 for box in placed.boxes)
    assert placed.height >= (placed.boxes[-1].row + 1) * placed.row_height


def test_a_text_that_fits_stands_in_one_row_and_a_long_one_loses_its_words():
    assert layout(("cat",) * 25, 4, 956).rows == 1
    assert layout(("cat",) * 25, 16, 956).rows == 1
    assert layout(("word",) * 60, 4, 956).words
    assert not layout(("word",) * 500, 4, 956).words


@given(POOLS, WIDTHS)
def test_blocks_of_the_pool_do_not_overlap_and_stay_inside_the_width(pool, width):
    size, blocks = pool
    drawn = shape(blocks, size, width)
    assert drawn.gap > 0
    assert drawn.slot_height >= 2
    assert drawn.total_width(blocks) <= width + 0.5
    assert drawn.height(blocks) >= drawn.y(blocks - 1) + drawn.head + drawn.block_height - 0.01


def test_each_connector_begins_under_its_table_entry_and_ends_at_the_block_that_it_names():
    picture = drawn(9)
    boxes = {node.key: node.children[1].attributes for node in walk(picture) if node.key.startswith("entry")}
    blocks = {
        node.key: next(part for part in walk(node) if part.attributes.get("class") == "frame").attributes
        for node in walk(picture)
        if node.key.startswith("block")
    }
    connectors = [node for node in walk(picture) if node.key.startswith("connector") and node.key != "connectors"]
    assert len(connectors) == len(boxes)
    for connector in connectors:
        entry, block = connector.key.removeprefix("connector").split("-")
        numbers = [float(number) for number in re.findall(r"[\d.]+", connector.children[0].attributes["d"])]
        centre = {name: float(box["x"]) + float(box["width"]) / 2 for name, box in (("from", boxes[f"entry{entry}"]), ("to", blocks[f"block{block}"]))}
        assert numbers[0] == pytest.approx(centre["from"], abs=0.2)
        assert numbers[-2] == pytest.approx(centre["to"], abs=0.2)


def test_the_counters_count_blocks_slots_waste_reads_the_free_queue_and_bytes():
    rows = moment(run_of(OnePrompt(model="Qwen2.5 7B")), 3, [1080])["counters"]
    assert [[part.text for part in walk(row) if part.text] for row in rows] == [
        ["Blocks held", "4", " of 11; others hold 6"],
        ["Slots", "13", " stored, 3 empty (19% waste)"],
        ["Reads", "10", " of 13 stored"],
        ["Free queue", "CPU", "4", " "],
        ["KV, Qwen2.5 7B", "896 KiB", " = 16 × 56 KiB"],
    ]


def test_an_entry_that_finds_no_free_block_is_drawn():
    picture = drawn(9, num_gpu_blocks=2, prompt="hi", answer="a b c d e f")
    assert any("e-fail" in node.attributes.get("class", "") for node in walk(picture))


@given(st.integers(1, 63), WIDTHS)
def test_table_entries_do_not_overlap_and_stay_inside_the_width(count, width):
    places = row_of_places(count, width)
    assert all(place.x >= 0 and place.x + place.width <= width + 0.5 for place in places)
    for before, after in pairwise(places):
        assert after.y >= before.y + HEIGHT or after.x >= before.x + before.width


@settings(max_examples=40)
@given(POOLS, st.integers(0, 20), WIDTHS, st.sampled_from(list(POLICIES)))
def test_every_slot_of_the_pool_is_drawn_once_with_its_state(pool, position, width, policy):
    size, blocks = pool
    picture = drawn(position, width, policy, num_gpu_blocks=blocks, block_size=size)
    slots = [node.attributes for node in walk(picture) if "data-slot" in node.attributes]
    assert [int(slot["data-slot"]) for slot in slots] == list(range(blocks * size))
    assert {slot["data-state"] for slot in slots} <= {"hole", "written", "read", "stored", "empty"}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("width", FIRST_WIDTHS)
@pytest.mark.parametrize("size", [1, 4, 16])
def test_keys_tell_siblings_apart_wherever_one_of_them_can_come_or_go(policy, width, size):
    for position in (0, 1, 6, 14):
        for node in walk(drawn(position, width, policy, block_size=size)):
            keys = [child.identity for child in node.children if child.key]
            assert len(keys) == len(set(keys))


@pytest.mark.parametrize("width", FIRST_WIDTHS)
def test_a_connector_leads_to_a_block_that_was_given_back_in_this_step_only(width):
    cut = {position: [node.key for node in walk(drawn(position, width, "sliding window")) if node.key.startswith("cut")] for position in range(1, 8)}
    assert {position: keys for position, keys in cut.items() if keys} == {2: ["cut0-5"], 6: ["cut1-10"]}


def test_arcs_lead_from_the_query_to_every_other_position_that_it_reads():
    arcs = [int(node.attributes["data-pos"]) for node in walk(drawn(6, kv_policy="attention sinks")) if node.attributes.get("class") == "arc"]
    assert arcs == [0, 1, *range(8, 15)]


@given(st.text("abcd efgh,", min_size=1, max_size=40), st.integers(20, 300))
def test_wrapped_text_loses_no_word_and_fits(text, width):
    lines = wrapped(text, width, 13)
    assert " ".join(lines).split() == text.split() or any(line.endswith("…") for line in lines)
    assert len(balanced(text, width, 13)) == len(lines)
    assert "…" in "".join(lines) or "…" not in "".join(balanced(text, width, 13)), "what fits is not cut to be in balance"


def test_the_picture_says_what_it_shows_to_those_who_do_not_see_it():
    assert drawn(6, kv_policy="attention sinks").attributes["aria-label"] == (
        "Step 6. 12 of 17 known tokens have KV, 10 are read. Block table: L0 in block 5, L1 a hole, L2 in block 2, L3 in block 7. Free queue: 4, 10."
    )


def test_room_is_kept_for_the_longest_sentence_of_the_run_as_it_is_drawn_and_names_nothing():
    words = "it went on" + " and" + "on" * 200 + " to" * 5  # the long word is cut where it is shown
    run = run_of(OnePrompt(answer=words, block_size=1, num_gpu_blocks=64, max_num_batched_tokens=8))

    def text(node):
        return "".join(part.text for part in walk(node))

    shown = [text(moment(run, position, [1080])["story"][1]) for position in range(run.recording.last_position + 1)]
    kept = whole_run(run)["room"]
    assert sorted(map(len, map(text, kept))) == sorted(map(len, set(shown)))[-len(kept) :]
    assert len(kept) < len(set(shown))
    assert {name for node in kept for part in walk(node) for name in part.attributes} == {"class"}


def everything(run):
    for position in range(run.recording.last_position + 1):
        for nodes in (*moment(run, position, [1080]).values(), *whole_run(run).values()):
            yield from nodes


def test_nothing_that_a_visitor_types_becomes_markup():
    evil = "<script>alert(1)</script> \"'><img src=x onerror=alert(1)>"
    html = "".join(markup(node) for node in everything(run_of(OnePrompt(prompt=evil, answer=evil, kv_policy="sliding window"))))
    assert "<script" not in html
    assert "<img" not in html


def test_no_node_has_both_text_and_children_since_redrawing_one_would_lose_the_other():
    for node in everything(run_of(OnePrompt())):
        assert not any(part.text and part.children for part in walk(node))


def test_nothing_is_styled_inline_since_the_security_policy_will_forbid_it():
    for node in everything(run_of(OnePrompt())):
        assert not any("style" in part.attributes for part in walk(node))
