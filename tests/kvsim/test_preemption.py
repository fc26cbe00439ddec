"""Who is preempted, for whom, what it costs, and how it comes back."""

from hypothesis import given

from kvsim.events import Admitted, Preempted, Sampled, Scheduled
from kvsim.metrics import Metrics
from kvsim.recording import Recording
from kvsim.scenario import RequestSpec
from kvsim.words import plain, step_sentence
from scenarios import asked, numbers, scenarios, several


def preemptions(recording):
    return [event for event in recording.events if isinstance(event, Preempted)]


def test_when_no_block_is_free_the_last_one_in_is_preempted_and_resumes_at_the_head_of_the_queue():
    recording = Recording(several((4, 6), (4, 6), (2, 2), blocks=4)).run()
    happened = [event for event in recording.events if isinstance(event, Preempted | Admitted)]
    assert happened[:4] == [
        Admitted("A", resumed=False, hit=0),
        Admitted("B", resumed=False, hit=0),
        Admitted("C", resumed=False, hit=0),
        Preempted("C", "A", needed=1, free=0, lost=2),
    ]
    assert Admitted("C", resumed=True, hit=0) in happened
    assert recording.ending == "finished"


def test_the_one_that_needs_a_block_is_itself_the_victim_when_it_was_the_last_in():
    recording = Recording(several((4, 6), (4, 6), blocks=4)).run()
    assert preemptions(recording)[0] == Preempted("B", "B", needed=1, free=0, lost=4)


def test_several_victims_return_to_the_front_in_reverse():
    recording = Recording(several((16, 9), (4, 9), (2, 9), blocks=7, num_speculative=5)).run()
    assert [event.victim for event in preemptions(recording)[:2]] == ["C", "B"]
    position = next(k for k in range(1, 9) if any(isinstance(event, Preempted) for event in recording.step_events(k)))
    assert recording.board(position).waiting == ["B", "C"]


def test_a_preempted_request_keeps_what_it_generated_and_says_nothing_twice():
    recording = Recording(several((4, 6), (4, 6), blocks=4)).run()
    assert len(preemptions(recording)) == 1
    for spec in recording.scenario.requests:
        said = [token for e in recording.events if isinstance(e, Sampled) and e.request == spec.id for token in e.tokens]
        assert said == list(spec.answer)


def test_a_preempted_request_finds_its_own_blocks_as_far_as_they_were_not_taken():
    recording = Recording(several((8, 14), (8, 14), blocks=9)).run()
    resumed = [event for event in recording.events if isinstance(event, Admitted) and event.resumed]
    assert resumed == [Admitted("B", resumed=True, hit=8)]


def test_by_priority_the_worst_is_the_victim_even_if_it_stands_first_and_was_scheduled_already():
    recording = _with_a_more_urgent_one(4, 8, blocks=5)
    assert preemptions(recording)[0] == Preempted("A", "B", needed=1, free=0, lost=5, unscheduled=1)
    assert _scheduled_events(recording, 3) == ["A", "B"]
    assert recording.board(3).requests["A"].scheduled is None
    said = plain(step_sentence(recording, 3, recording.board(3)))
    assert "B needs 1 more block and none is free, so A, the least urgent, is preempted" in said
    assert "A: " not in said, "what was scheduled and taken back is not said to be computed"


def test_a_victim_by_priority_that_preempts_itself_lets_the_next_one_run():
    recording = _with_a_more_urgent_one(3, 6, blocks=4)
    assert preemptions(recording)[0] == Preempted("A", "A", needed=1, free=0, lost=4)
    assert _scheduled_events(recording, 3) == ["B"]


@given(scenarios)
def test_a_step_that_preempts_admits_nobody(scenario):
    recording = Recording(scenario).run()
    for position in range(1, recording.last_position + 1):
        kinds = {type(event) for event in recording.step_events(position)}
        assert not {Preempted, Admitted} <= kinds


@given(scenarios)
def test_a_preemption_names_a_real_need(scenario):
    recording = Recording(scenario).run()
    for place, event in enumerate(recording.events):
        if isinstance(event, Preempted):
            board = recording.board_at(place)
            assert event.needed > event.free == len(board.free)
            assert event.victim in board.running
            assert event.for_request in board.running
            assert event.lost + event.unscheduled == board.requests[event.victim].computed
            if scenario.config.policy == "fcfs":
                assert event.victim == board.running[-1]


@given(scenarios)
def test_the_recompute_tax_is_what_was_computed_more_than_once(scenario):
    recording = Recording(scenario).run()
    metrics = Metrics().apply(recording.events)
    times: dict[tuple[str, int], int] = {}
    for position in range(1, recording.last_position + 1):
        for event in recording.step_events(position):
            if isinstance(event, Admitted):
                times.update({(event.request, token): times.get((event.request, token), 1) for token in range(event.hit)})
        for name, request in recording.board(position).requests.items():
            if request.scheduled:
                rejected = request.sampled.rejected if request.sampled else 0
                for token in range(request.scheduled.start, request.scheduled.start + request.scheduled.count - rejected):
                    times[name, token] = times.get((name, token), 0) + 1
    again = sum(count - 1 for count in times.values())
    assert metrics.recompute_tax >= again
    assert metrics.recompute_tax == again or scenario.config.num_speculative, "a draft may be computed again, and be rejected"


def test_a_tax_is_blamed_on_the_preemption_that_caused_it():
    recording = Recording(several((8, 14), (8, 14), blocks=9)).run()
    metrics = Metrics().apply(recording.events)
    (cost,) = metrics.preemptions
    assert (cost.preempted.victim, cost.preempted.for_request) == ("B", "A")
    assert metrics.recompute_tax == cost.recomputed == cost.preempted.lost - 8


def _scheduled_events(recording, position):
    return [event.request for event in recording.step_events(position) if isinstance(event, Scheduled)]


def _with_a_more_urgent_one(prompt, urgent_prompt, blocks):
    """A run of A, and of B, which comes a step later and is more urgent."""
    low = RequestSpec("A", numbers(prompt), numbers(9), priority=9)
    urgent = RequestSpec("B", numbers(urgent_prompt, 50), numbers(9), arrival_step=1, priority=1)
    return Recording(asked(low, urgent, blocks=blocks, policy="priority")).run()
