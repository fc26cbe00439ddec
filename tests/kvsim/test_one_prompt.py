import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvsim.one_prompt import RANGES, OnePrompt, from_fragment, read, scattered_pool, to_fragment
from kvsim.recording import Recording
from kvsim.tokens import labels

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
ASKED = st.builds(
    OnePrompt,
    TEXTS,
    TEXTS,
    st.integers(*RANGES["block_size"]),
    st.integers(*RANGES["num_gpu_blocks"]),
    st.integers(*RANGES["max_num_batched_tokens"]),
)


def test_the_default_runs_to_its_end_and_uses_every_block_it_can_get():
    recording = Recording(OnePrompt().scenario()).run()
    assert recording.ending == "finished"
    assert len(recording.board(recording.last_position).free) == 0


@given(ASKED, st.integers(0, 999_999))
def test_a_link_gives_back_what_was_asked_for_and_the_step(asked, step):
    reading, position = from_fragment("#" + to_fragment(asked, step))
    assert (reading.asked, reading.problems, position) == (asked, (), step)


def test_a_link_to_the_start_of_the_default_is_empty():
    assert to_fragment(OnePrompt(), 0) == ""
    assert to_fragment(OnePrompt(), 3) == "v=1&step=3"


@given(st.text())
def test_no_link_breaks_the_page(fragment):
    reading, position = from_fragment(fragment)
    assert position >= 0
    reading.asked.scenario()


@given(st.dictionaries(st.sampled_from(list(OnePrompt._fields)), st.text()))
def test_whatever_is_typed_there_is_a_good_scenario_and_a_problem_for_each_field_that_was_changed(typed):
    reading = read(typed, OnePrompt())
    named = {problem.field for problem in reading.problems}
    for name, value in reading.asked._asdict().items():
        low, high = RANGES[name]
        assert low <= (len(labels(value)) if isinstance(value, str) else value) <= high
        if name in typed and name not in named:
            assert str(value) == typed[name] or int(typed[name]) == value
    Recording(reading.asked.scenario()).run()


@pytest.mark.parametrize(
    ("name", "typed", "used", "problem"),
    [
        ("num_gpu_blocks", "900", 64, "num_gpu_blocks: 2 to 64, got 900"),
        ("num_gpu_blocks", "-1", 2, "num_gpu_blocks: 2 to 64, got -1"),
        ("block_size", "four", 4, "block_size: a whole number from 1 to 32, got “four”"),
        ("block_size", "", 4, "block_size: a whole number from 1 to 32, got nothing"),
        ("block_size", "9" * 5000, 4, "block_size: a whole number from 1 to 32, got “" + "9" * 40 + "…”"),
        ("prompt", "", OnePrompt().prompt, "prompt: at least 1 token, got 0"),
        ("prompt", "word " * 20_000, "word" + " word" * 255, "prompt: at most 256 tokens, got 20,001"),
        ("prompt", "x " * 200_000, "x" + " x" * 255, "prompt: at most 200,000 characters, got 400,000"),
    ],
)
def test_bad_input_is_named_and_the_nearest_good_value_is_used(name, typed, used, problem):
    reading = read({name: typed}, OnePrompt())
    assert getattr(reading.asked, name) == used
    assert [str(error) for error in reading.problems] == [problem]


@pytest.mark.parametrize(
    ("fragment", "problem"),
    [
        ("v=2", "link: made for version 2, this page reads version 1"),
        ("step=-1", "step: a whole number, got “-1”"),
        ("step=x", "step: a whole number, got “x”"),
        ("colour=red", "link: it has an unknown field, “colour”"),
        ("a=1&" * 200, "link: it has too many parts to be one of ours"),
    ],
)
def test_a_damaged_link_is_named(fragment, problem):
    reading, position = from_fragment(fragment)
    assert problem in [str(error) for error in reading.problems]
    assert (reading.asked, position) == (OnePrompt(), 0)


@given(st.integers(*RANGES["num_gpu_blocks"]))
def test_somebody_else_holds_half_of_the_pool_and_every_block_has_one_place(num_gpu_blocks):
    pool = scattered_pool(num_gpu_blocks)
    assert sorted(pool.held + pool.free) == list(range(1, num_gpu_blocks))
    assert 0 <= len(pool.free) - len(pool.held) <= 1


def test_physical_order_is_not_logical_order():
    free = scattered_pool(12).free
    assert list(free) != sorted(free)
