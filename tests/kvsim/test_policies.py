"""What each KV policy promises: what it reads, what it keeps, and what it gives up, alone and among many requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvsim.blocks import NULL_BLOCK
from kvsim.events import Admitted, Preempted, Released, Stored, Taken, Touched
from kvsim.policies import POLICIES, policy_of
from kvsim.recording import Recording
from kvsim.scenario import Config, KVPolicyChoice, RequestSpec
from scenarios import asked, halves, lone, numbers, scenarios, with_policies

SIZES = st.integers(1, 9)
KNOBS = st.integers(1, 40)


def under(name, *knobs, **settings):
    return {"kv_policy": KVPolicyChoice(name, knobs), "prefix_cache_retention_interval": None, **settings}


def run(scenario):
    return Recording(scenario).run()


def released(recording, why):
    return [event for event in recording.events if isinstance(event, Released) and event.why == why]


def positions(ranges):
    return [position for part in ranges for position in part]


choices = st.one_of(*(st.builds(lambda *knobs, name=name: KVPolicyChoice(name, knobs), *(KNOBS for _ in POLICIES[name].knobs)) for name in POLICIES))


@given(choices, SIZES, st.integers(0, 200))
def test_reads_are_in_order_each_once_and_end_with_the_query_itself(choice, size, position):
    read = positions(policy_of(Config(block_size=size, kv_policy=choice)).reads(position))
    assert read == sorted(set(read))
    assert read[-1] == position
    assert read[0] >= 0


@given(choices, SIZES, st.integers(0, 200), st.integers(0, 40))
def test_what_is_gone_stays_gone_and_no_later_query_reads_it(choice, size, computed, later):
    policy = policy_of(Config(block_size=size, kv_policy=choice))
    gone = set(policy.gone(computed))
    assert gone <= set(policy.gone(computed + later))
    assert not gone & set(positions(policy.reads(computed + later)))
    assert not gone & set(policy.pinned)


@given(choices, SIZES, st.integers(1, 200))
def test_a_policy_never_asks_for_more_blocks_than_the_whole_sequence_fills(choice, size, tokens):
    policy = policy_of(Config(block_size=size, kv_policy=choice))
    blocks = policy.blocks_for(tokens)
    assert 1 <= policy.fewest_blocks(tokens) <= policy.most_blocks(blocks) <= blocks


def hit_by_the_rule(policy, found):
    """The longest h for which every block that is kept at h is cached; the others in it are holes."""
    size = policy.config.block_size
    for blocks in range(len(found), 0, -1):
        gone = policy.gone(blocks * size)
        kept = [index for index in range(blocks) if not set(range(index * size, (index + 1) * size)) <= set(gone)]
        if all(found[index] for index in kept):
            return [index + 1 if index in kept else NULL_BLOCK for index in range(blocks)]
    return []


@given(st.integers(1, 12), st.integers(2, 30), SIZES, st.lists(st.booleans(), max_size=14))
def test_attention_sinks_hit_the_longest_prefix_of_which_all_that_is_kept_is_cached(sinks, window, size, found):
    policy = policy_of(Config(block_size=size, kv_policy=KVPolicyChoice("attention sinks", (sinks, window))))
    hit = policy.longest_hit(range(1, len(found) + 1), lambda number: number if found[number - 1] else None)
    assert len(hit) == len(hit_by_the_rule(policy, found))
    assert {block for block in hit_by_the_rule(policy, found) if block} <= set(hit)


@given(with_policies)
def test_everything_that_is_read_is_stored(scenario):
    """So what a window freed is not read again unless it was computed again."""
    size, policy = scenario.config.block_size, policy_of(scenario.config)
    for board, _ in halves(scenario):
        for request in board.requests.values():
            if request.status == "running" and request.scheduled:
                for query in range(request.scheduled.start, request.computed):
                    read = {position // size for position in positions(policy.reads(query))}
                    missing = {index for index in read if request.table[index] is None}
                    assert not missing or policy.name == "pinned prefix"  # which reads what is kept


@given(scenarios)
def test_only_policies_that_forget_free_a_running_requests_blocks(scenario):
    policy, recording = policy_of(scenario.config), run(scenario)
    assert policy.forgets or not released(recording, "window")
    assert policy.name == "pinned prefix" or not released(recording, "yielded")


@given(with_policies)
def test_no_pinned_block_is_released_while_its_request_runs(scenario):
    pinned = policy_of(scenario.config).pinned
    for event in [*released(run(scenario), "window"), *released(run(scenario), "yielded")]:
        assert event.index * scenario.config.block_size >= len(pinned)


@given(with_policies)
def test_what_a_policy_gives_up_nobody_else_loses(scenario):
    recording = run(scenario)
    for place, event in enumerate(recording.events):
        if isinstance(event, Released) and event.why in ("window", "yielded"):
            before, after = recording.board_at(place), recording.board_at(place + 1)
            others = [name for name in before.requests if name != event.request]
            assert all(before.requests[name].table == after.requests[name].table for name in others)
            shared = any(event.block in before.requests[name].table for name in others)
            assert shared == (event.end is None)
            assert not (shared and event.why == "yielded"), "under pressure only what nobody shares is given up"


@given(with_policies)
def test_a_block_is_given_up_for_want_of_one_only_when_none_is_free_and_its_request_takes_one_next(scenario):
    recording = run(scenario)
    for place, event in enumerate(recording.events):
        if isinstance(event, Released) and event.why == "yielded":
            following = next(later for later in recording.events[place:] if not isinstance(later, Released))
            assert isinstance(following, Taken)
            assert following.request == event.request
            assert event.index < len(recording.board_at(place).requests[event.request].table) - 1, "never its newest"


@given(with_policies)
def test_once_kv_was_dropped_for_want_of_room_a_request_caches_no_further_block(scenario):
    dropped = set()
    for event in run(scenario).events:
        if isinstance(event, Released) and event.why == "yielded":
            dropped.add(event.request)
        elif isinstance(event, Preempted):
            dropped.discard(event.victim)
        elif isinstance(event, Stored):
            assert event.request not in dropped


def test_recent_n_runs_out_of_blocks_where_a_window_goes_on():
    recent = run(lone(11, 60, blocks=7, **under("recent-N", 8)))
    window = run(lone(11, 60, blocks=7, **under("sliding window", 8)))
    assert (recent.ending, window.ending) == ("out of blocks", "finished")
    assert recent.last_position == run(lone(11, 60, blocks=7)).last_position, "exactly where full attention does"


def test_a_sliding_window_asked_for_by_our_name_is_vllms():
    ours = run(lone(11, 60, blocks=7, **under("sliding window", 8)))
    theirs = run(lone(11, 60, blocks=7, sliding_window=8, prefix_cache_retention_interval=None))
    assert ours.events == theirs.events


def test_attention_sinks_keep_the_first_block_and_the_window_and_leave_a_hole_between_them():
    recording = run(lone(11, 12, **under("attention sinks", 2, 8)))
    assert recording.board(6).requests["A"].table == [1, None, 3, 4]
    assert [event.index for event in released(recording, "window")] == [1, 2]
    assert policy_of(recording.scenario.config).reads(15) == (range(2), range(8, 16))


def test_a_pinned_prefix_gives_up_its_oldest_unpinned_block_when_none_is_free():
    recording = run(lone(11, 30, blocks=6, **under("pinned prefix", 4)))
    assert recording.ending == "finished"
    assert [event.index for event in released(recording, "yielded")] == [1, 2, 3, 4, 5]
    last = recording.board(recording.last_position).requests["A"].table
    assert (last[:6], len([block for block in last if block])) == ([1, *[None] * 5], 5)


def test_a_pinned_prefix_shares_and_waits_like_everybody_at_admission():
    first, second = RequestSpec("A", numbers(12), numbers(20, 50)), RequestSpec("B", numbers(12), numbers(20, 80), arrival_step=2)
    recording = run(asked(first, second, blocks=8, **under("pinned prefix", 8)))
    assert [event.hit for event in recording.events if isinstance(event, Admitted)] == [0, 8]
    assert [event.block for event in recording.events if isinstance(event, Touched)] == [1, 2]
    assert {event.request for event in released(recording, "yielded")} == {"A", "B"}
    assert recording.ending == "finished"


def test_a_request_longer_than_the_pool_can_come_back_after_a_preemption_and_caches_anew():
    long, urgent = RequestSpec("A", numbers(30), numbers(3, 100), priority=1), RequestSpec("B", numbers(1, 200), numbers(20, 300))
    recording = run(asked(long, urgent, blocks=14, size=1, budget=8, policy="priority", **under("pinned prefix", 3)))
    preempted = next(place for place, event in enumerate(recording.events) if isinstance(event, Preempted))
    assert recording.events[preempted].victim == "A"
    assert any(event.why == "yielded" for event in recording.events[:preempted] if isinstance(event, Released)), "it had given up KV"
    assert any(event.request == "A" for event in recording.events[preempted:] if isinstance(event, Stored)), "but that is of the past"
    assert recording.ending == "finished"


@pytest.mark.parametrize("name", POLICIES)
def test_each_policy_says_in_words_what_it_reads_and_what_it_keeps(name):
    policy = policy_of(Config(kv_policy=KVPolicyChoice(name, tuple(knob.default for knob in POLICIES[name].knobs))))
    assert policy.reads_say
    assert policy.keeps_say
