"""What is found in the cache, and what a hash stands for."""

from hypothesis import given

from kvsim.events import Admitted, CacheReset, Stored, Taken, Touched
from kvsim.recording import Recording
from kvsim.scenario import RequestSpec
from scenarios import asked, halves, numbers, scenarios


def run(*requests, **settings):
    return Recording(asked(*requests, **settings)).run()


def hits(recording):
    return {event.request: event.hit for event in recording.events if isinstance(event, Admitted)}


def test_a_prompt_that_is_cached_as_a_whole_computes_its_last_block_again_since_its_last_token_must_be_computed():
    first, second = RequestSpec("A", numbers(12), (1, 2)), RequestSpec("B", numbers(12), (1, 2), arrival_step=5)
    recording = run(first, second)
    assert hits(recording) == {"A": 0, "B": 8}
    assert [event for event in recording.events if isinstance(event, Touched)] == [Touched(1, "B", 0), Touched(2, "B", 1)]


def test_only_full_blocks_are_found():
    assert hits(run(RequestSpec("A", numbers(15), (1,)), RequestSpec("B", numbers(30), (1,), arrival_step=2)))["B"] == 12


def test_a_request_admitted_later_in_the_same_step_hits_blocks_that_are_being_computed():
    assert hits(run(RequestSpec("A", numbers(13), (1,)), RequestSpec("B", numbers(13), (1,)))) == {"A": 0, "B": 12}


def test_generated_tokens_are_cached_like_those_of_a_prompt():
    first = RequestSpec("A", numbers(6), numbers(7, 6))
    second = RequestSpec("B", numbers(14), (1,), arrival_step=9)
    assert hits(run(first, second))["B"] == 12


def test_another_salt_finds_nothing():
    requests = [RequestSpec(name, numbers(9), (1,), arrival_step=2 * i, cache_salt=salt) for i, (name, salt) in enumerate([("A", "x"), ("B", "y"), ("C", "x")])]
    assert hits(run(*requests)) == {"A": 0, "B": 0, "C": 8}


def test_without_prefix_caching_nothing_is_stored_and_nothing_found():
    recording = run(RequestSpec("A", numbers(9), (1,)), RequestSpec("B", numbers(9), (1,), arrival_step=2), enable_prefix_caching=False)
    assert hits(recording) == {"A": 0, "B": 0}
    assert not [event for event in recording.events if isinstance(event, Stored)]


def test_evicting_says_what_is_lost_and_takes_the_end_of_a_prefix_before_its_beginning():
    long, other = RequestSpec("A", numbers(16), (1,)), RequestSpec("B", numbers(12, 50), (1,), arrival_step=2)
    recording = run(long, other, RequestSpec("C", numbers(17), (1,), arrival_step=4), blocks=8, size=4)
    stored = next(event for event in recording.events if isinstance(event, Stored))
    lost = [event.lost_hash for event in recording.events if isinstance(event, Taken) and event.request == "B"]
    assert lost == [None, None, None]
    assert hits(recording)["C"] == 16
    tight = run(long, other, RequestSpec("C", numbers(17), (1,), arrival_step=4), blocks=6, size=4)
    lost = [event.lost_hash for event in tight.events if isinstance(event, Taken) and event.request == "B"]
    assert lost == [None, stored.hashes[3], stored.hashes[2]]
    assert hits(tight)["C"] == 8


def test_a_reset_is_refused_while_a_block_is_held_and_done_when_all_are_free():
    requests = RequestSpec("A", numbers(9), (1, 2, 3)), RequestSpec("B", numbers(9), (1,), arrival_step=6)
    recording = Recording(asked(*requests)._replace(reset_prefix_cache_steps=(1, 5))).run()
    assert [event for event in recording.events if isinstance(event, CacheReset)] == [CacheReset(False), CacheReset(True)]
    assert hits(recording)["B"] == 0


def test_a_request_aborted_before_a_step_is_gone_when_the_cache_is_reset_in_it():
    scenario = asked(RequestSpec("A", numbers(9), (1, 2, 3), abort_step=1))._replace(reset_prefix_cache_steps=(1,))
    assert [event for event in Recording(scenario).run().events if isinstance(event, CacheReset)] == [CacheReset(True)]


@given(scenarios)
def test_a_hash_stands_for_all_tokens_of_its_block_and_of_those_before_it(scenario):
    size = scenario.config.block_size
    stands_for = {}
    for _, engine in halves(scenario):
        for request in engine.requests.values():
            for index, block in enumerate(request.table):
                block_hash = engine.pool.hash_of[block]
                if block_hash is not None:
                    chain = (request.spec.cache_salt, tuple(request.token_ids[: (index + 1) * size]))
                    assert len(chain[1]) == (index + 1) * size, "only full blocks have a hash"
                    assert stands_for.setdefault(block_hash, chain) == chain
    assert len(set(stands_for.values())) == len(stands_for), "and what is equal has one hash"


@given(scenarios)
def test_a_hit_leaves_at_least_one_token_to_compute(scenario):
    recording = Recording(scenario).run()
    for position in range(1, recording.last_position + 1):
        board = recording.board(position)
        for event in recording.step_events(position):
            if isinstance(event, Admitted) and board.requests[event.request].scheduled:
                assert event.hit % scenario.config.block_size == 0
                assert board.requests[event.request].scheduled.start == event.hit
