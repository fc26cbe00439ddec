"""A window of W tokens: what it gives up, what it finds, and what is cached for later."""

import pytest

from kvsim.blocks import NULL_BLOCK
from kvsim.events import Admitted, Released, Stored, Touched
from kvsim.policies.full_attention import FullAttention
from kvsim.policies.sliding_window import SlidingWindow
from kvsim.recording import Recording
from kvsim.scenario import Config, RequestSpec
from scenarios import asked, lone, numbers, several


def run(*requests, window=8, retention=None, **settings):
    return Recording(asked(*requests, sliding_window=window, prefix_cache_retention_interval=retention, **settings)).run()


def test_a_block_goes_when_all_of_it_is_outside_and_leaves_a_hole():
    recording = Recording(lone(prompt=6, answer=12, sliding_window=8)).run()
    given_up = {position: [e.index for e in recording.step_events(position) if isinstance(e, Released) and e.why == "window"] for position in range(1, 13)}
    assert {position: indices for position, indices in given_up.items() if indices} == {7: [0], 11: [1]}
    assert recording.board(7).requests["A"].table == [None, 2, 3]
    assert recording.board(7).requests["A"].computed == 12, "of which the last 8 are read: block 0 holds none of them"


def test_a_window_never_holds_more_blocks_than_it_spans():
    recording = Recording(lone(prompt=4, answer=40, blocks=5, sliding_window=8)).run()
    assert recording.ending == "finished"
    assert max(len([b for b in recording.board(k).requests["A"].table if b]) for k in range(1, 41)) == 3


def test_a_hit_needs_only_the_window_and_touches_nothing_outside_of_it():
    first, second = RequestSpec("A", numbers(24), (1,)), RequestSpec("B", numbers(25), (1,), arrival_step=2)
    recording = run(first, second, blocks=20)
    assert [event.hit for event in recording.events if isinstance(event, Admitted)] == [0, 24]
    assert [event.index for event in recording.events if isinstance(event, Touched)] == [4, 5]
    assert recording.board(3).requests["B"].table[:4] == [None] * 4


@pytest.mark.parametrize(("retention", "indices"), [(None, [0, 1, 2, 3, 4, 5]), (0, [3, 4]), (16, [2, 3, 4])])
def test_which_blocks_are_cached_is_a_matter_of_the_retention_interval(retention, indices):
    recording = run(RequestSpec("A", numbers(24), (1,)), retention=retention)
    (stored,) = [event for event in recording.events if isinstance(event, Stored)]
    assert [block - 1 for block in stored.blocks] == indices
    assert len(stored.tokens) == 24, "the event has the tokens of all"


def test_the_gate_asks_for_no_more_than_a_window_can_hold():
    recording = Recording(several((60, 2), blocks=9, budget=12, sliding_window=8)).run()
    assert recording.ending == "finished"
    assert Recording(several((60, 2), blocks=9, budget=12)).run().ending == "out of blocks"


def test_a_window_of_one_token_gives_up_every_full_block_at_once():
    recording = Recording(lone(prompt=4, answer=9, sliding_window=1)).run()
    assert [recording.board(k).requests["A"].table for k in (1, 2, 6)] == [[1], [None, 1], [None, None, 1]]


def find_among(cached):
    return lambda block_hash: block_hash if block_hash in cached else None


@pytest.mark.parametrize(
    ("window", "cached", "hit"),
    [
        (8, {1, 2, 3, 4}, [0, 0, 3, 4]),
        (8, {1, 2, 4}, [1, 2]),
        (8, {2, 3}, [0, 2, 3]),
        (8, {1}, [1]),
        (8, {2, 4}, []),
        (9, {2, 3, 4}, [0, 0, 3, 4]),
        (10, {2, 3, 4}, [0, 2, 3, 4]),
        (1, {3}, [0, 0, 3]),
        (1, set(), []),
    ],
)
def test_a_window_searches_backwards_for_as_many_blocks_in_a_row_as_it_spans(window, cached, hit):
    policy = SlidingWindow(Config(block_size=4, prefix_cache_retention_interval=None), window)
    assert policy.longest_hit([1, 2, 3, 4], find_among(cached)) == [block or NULL_BLOCK for block in hit]


def test_full_attention_stops_at_the_first_miss():
    assert FullAttention(Config(block_size=4)).longest_hit([1, 2, 3, 4], find_among({1, 2, 4})) == [1, 2]
