"""Why a request is not scheduled: one test a reason."""

from hypothesis import given

from kvsim.events import Preempted, Scheduled, Waits
from kvsim.recording import Recording
from kvsim.scenario import RequestSpec
from kvsim.words import plain, step_sentence
from scenarios import asked, halves, numbers, scenarios, several


def waits(scenario, position):
    """The reasons said in one step."""
    return [event for event in Recording(scenario).run().step_events(position) if isinstance(event, Waits)]


def test_no_budget_is_left():
    assert waits(several((8, 3), (8, 3), budget=8), 1) == [Waits("B", "budget", needed=1)]


def test_without_chunked_prefill_a_prompt_waits_for_a_budget_that_takes_it_whole():
    scenario = several((10, 3), (10, 3), budget=16, enable_chunked_prefill=False)
    assert waits(scenario, 1) == [Waits("B", "chunked prefill", needed=10, free=6)]
    threshold = several((10, 3), (10, 3), budget=16, enable_chunked_prefill=False, long_prefill_token_threshold=6)
    assert waits(threshold, 1) == [], "the threshold's part of it fits"
    assert waits(several((10, 3), (10, 3), budget=16, enable_chunked_prefill=False, long_prefill_token_threshold=9), 1) == [
        Waits("B", "chunked prefill", needed=10, free=7)
    ]


def test_no_seat_is_left():
    assert waits(several((2, 3), (2, 3), (2, 3), max_num_seqs=2), 1) == [Waits("C", "seats", needed=1)]
    assert waits(several((2, 3), (2, 3), (2, 3), max_num_active_seqs=1), 1) == [Waits("B", "seats", needed=1)]


def test_the_blocks_of_this_step_do_not_fit():
    assert waits(several((16, 9), (8, 3), blocks=6), 1) == [Waits("B", "blocks", needed=2, free=1)]


def test_the_full_sequence_gate_makes_the_difference():
    assert waits(several((4, 9), (16, 3), blocks=5, budget=8), 1) == [Waits("B", "gate", needed=4, free=3)]
    assert waits(several((4, 9), (16, 3), blocks=5, budget=8, scheduler_reserve_full_isl=False), 1) == []


def test_the_watermark_makes_the_difference():
    assert waits(several((16, 9), (16, 3), blocks=10, watermark=0.2), 1) == [Waits("B", "watermark", needed=4, free=5, watermark=2)]
    chunked = several((16, 9), (16, 3), blocks=10, watermark=0.2, budget=24)
    assert waits(chunked, 1) == [Waits("B", "watermark", needed=4, free=5, watermark=2)], "also where it would let a part of the prompt through"
    assert waits(several((36, 9), blocks=10, watermark=0.2), 1) == [], "nobody runs, so it is not applied"


def test_a_hit_that_lies_free_uses_up_free_blocks_too():
    first, second = RequestSpec("A", numbers(16), (1,)), RequestSpec("B", numbers(12, 50), numbers(9), arrival_step=2)
    again = RequestSpec("C", numbers(16) + numbers(9, 90), (1,), arrival_step=3)
    assert waits(asked(first, second, again, blocks=10), 4) == [Waits("C", "blocks", needed=3 + 4, free=5)]


def test_nobody_is_admitted_in_a_step_that_preempted():
    scenario = asked(
        RequestSpec("A", numbers(8), numbers(9), priority=0),
        RequestSpec("B", numbers(12, 50), numbers(9), priority=5),
        RequestSpec("C", numbers(1, 90), numbers(2), arrival_step=1, priority=1),
        blocks=6,
        policy="priority",
        max_num_seqs=2,
    )
    recording = Recording(scenario).run()
    events = recording.step_events(2)
    assert any(isinstance(event, Preempted) for event in events)
    assert [event for event in events if isinstance(event, Waits)][-1] == Waits("C", "preempting step")
    assert any(isinstance(event, Scheduled) and event.request == "C" for event in recording.step_events(3)), "it would have fitted, and is next"


def test_prefill_is_held_by_its_interval():
    scenario = asked(RequestSpec("A", numbers(4), numbers(9)), RequestSpec("B", numbers(4, 50), numbers(2), arrival_step=1), prefill_schedule_interval=3)
    assert waits(scenario, 2) == [Waits("B", "prefill interval", needed=3)]
    recording = Recording(scenario).run()
    assert next(position for position in range(1, 8) if "B" in _scheduled(recording, position)) == 4


def test_a_running_prefill_is_held_too():
    scenario = asked(
        RequestSpec("A", numbers(2), numbers(9)), RequestSpec("B", numbers(12, 50), numbers(2)), prefill_schedule_interval=3, budget=8, num_gpu_blocks=20
    )
    recording = Recording(scenario).run()
    assert [position for position in range(1, 8) if "B" in _scheduled(recording, position)][:2] == [1, 4]
    assert waits(scenario, 2) == [Waits("B", "prefill interval", needed=3)]


def test_a_reason_is_said_when_it_changes_and_not_in_every_step():
    events = Recording(several((4, 9), (4, 9), (4, 2), max_num_seqs=2)).run().events
    assert [event for event in events if isinstance(event, Waits)] == [Waits("C", "seats", needed=1)]


def test_a_decode_that_is_padded_beyond_the_whole_budget_is_never_admitted_and_the_run_ends_stuck():
    first, again = RequestSpec("A", numbers(5), (1,)), RequestSpec("B", numbers(5), (1,), arrival_step=2)
    recording = Recording(asked(first, again, num_speculative=5, budget=5)).run()
    assert recording.ending == "stuck"
    assert waits(recording.scenario, 3) == [Waits("B", "budget", needed=6, free=5)]
    said = plain(step_sentence(recording, 3, recording.board(3)))
    assert said == "B gets nothing in this step: it takes 6 tokens of the token budget, and 5 are left. It would wait for ever, so the run ends here."


def test_what_keeps_a_chunk_small_is_said_with_it():
    scheduled = [event for event in Recording(several((9, 2), (9, 2), long_prefill_token_threshold=4)).run().step_events(1) if isinstance(event, Scheduled)]
    assert scheduled == [Scheduled("A", 0, 4, (), "threshold"), Scheduled("B", 0, 4, (), "threshold")]


def test_a_lone_request_is_not_kept_small_by_the_threshold_and_an_adaptive_one_grows_with_few_requests():
    assert _scheduled(Recording(several((9, 2), long_prefill_token_threshold=4)).run(), 1) == {"A": 9}
    settings = {"long_prefill_token_threshold": 2, "long_prefill_token_threshold_adaptive": True, "budget": 12}
    assert _scheduled(Recording(several((9, 2), (9, 2), **settings)).run(), 1) == {"A": 6, "B": 6}


@given(scenarios)
def test_after_every_schedule_the_head_of_the_queue_has_a_reason_to_wait_and_it_is_true(scenario):
    config = scenario.config
    budget = min(config.max_num_scheduled_tokens or config.max_num_batched_tokens, config.max_num_batched_tokens)
    for board, engine in halves(scenario):
        if not board.waiting or not isinstance(engine.events[-1], Scheduled | Waits):
            continue
        head = board.why_waiting(board.waiting[0])
        spent = sum(request.scheduled.count for request in board.requests.values() if request.scheduled)
        assert head is not None
        if head.reason == "seats":
            assert len(board.running) == (config.max_num_active_seqs or config.max_num_seqs)
        elif head.reason in ("budget", "chunked prefill"):
            assert head.free == max(0, budget - spent)
            assert head.needed > head.free
        elif head.reason in ("blocks", "gate", "watermark"):
            assert head.needed + head.watermark > head.free == len(board.free)


@given(scenarios)
def test_no_request_waits_for_ever_when_it_could_run(scenario):
    recording = Recording(scenario).run()
    for position in range(1, recording.last_position):  # the last one may be where it is noticed
        board, events = recording.board_at(recording.marks[position - 1].scheduled), recording.step_events(position)
        idle = not any(isinstance(event, Scheduled | Preempted) for event in events)
        if idle and board.waiting:
            assert _may_still_be_helped(scenario, board), position


def _may_still_be_helped(scenario, board):
    """Nothing was computed, but the head will be aborted, or overtaken, so the run goes on."""
    head = next(spec for spec in scenario.requests if spec.id == board.waiting[0])
    will_be_aborted = head.abort_step is not None and head.abort_step >= board.step
    overtaken = scenario.config.policy == "priority" and any(spec.arrival_step > board.step for spec in scenario.requests)
    return will_be_aborted or overtaken


def _scheduled(recording, position):
    return {event.request: event.count for event in recording.step_events(position) if isinstance(event, Scheduled)}
