"""The mask: a row for each query, and in it just the keys that it read."""

import re

import pytest

from kvdraw.mask import LEFT, SIZE, TOP, mask
from kvdraw.one_prompt import run_of
from kvdraw.view import view_of
from kvsim.one_prompt import OnePrompt
from kvsim.policies import POLICIES, policy_of
from test_figure import walk


def drawn(position, **asked):
    run = run_of(OnePrompt(**asked))
    recording = run.recording
    view = view_of(recording, position, recording.board(position))
    return mask(view, run.trails[run.asked.kv_policy].rows), view


def rows(picture):
    return [node for node in walk(picture) if re.fullmatch(r"row\d+", node.key)]


def keys(row, queries):
    """The keys of a row's squares, from where they are drawn."""
    cell = (SIZE - LEFT) / queries
    squares = next(part.attributes["d"] for part in walk(row) if part.attributes.get("class", "").startswith("mq"))
    return [round((float(x) - LEFT - 0.8) / cell) for x in re.findall(r"M([\d.]+) ", squares)]


@pytest.mark.parametrize("name", POLICIES)
def test_each_row_holds_the_keys_that_its_query_read(name):
    picture, view = drawn(9, kv_policy=name)
    policy = policy_of(run_of(OnePrompt(kv_policy=name)).recording.scenario.config)
    for query, row in enumerate(rows(picture)):
        read = [key for part in policy.reads(query) for key in part]
        assert keys(row, 24) == read or name == "pinned prefix"
    assert len(rows(picture)) == view.computed == 19


def test_a_pinned_prefix_no_longer_reads_what_it_gave_up():
    picture, _ = drawn(12, kv_policy="pinned prefix")
    assert keys(rows(picture)[-1], 24) == [0, 1, 2, 3, *range(8, 22)]


def test_the_rows_of_this_step_are_framed_as_a_stair_in_a_prefill_and_as_one_row_in_a_decode():
    frames = [next(node.attributes["d"] for node in walk(drawn(position)[0]) if node.key == "step") for position in (1, 2)]
    assert [len(re.findall("V", frame)) for frame in frames] == [11, 1]


def test_a_long_text_is_drawn_in_bars_not_in_cells_by_the_million():
    picture, view = drawn(3, prompt="a " * 200, max_tokens=200, max_num_batched_tokens=512, num_gpu_blocks=256)
    assert len(rows(picture)) == view.computed
    assert sum(1 for _ in walk(picture)) < 3 * view.computed
    for node in walk(picture):
        if "y" in node.attributes:
            assert 0 <= float(node.attributes["y"]) <= TOP + SIZE


def test_the_mask_says_in_words_what_the_query_reads():
    assert drawn(6)[0].attributes["aria-label"] == "Attention mask: the query at position 15 reads positions 0 to 1 and 8 to 15, 10 of 16."
    assert drawn(0)[0].attributes["aria-label"] == "Attention mask: no query in this step."
