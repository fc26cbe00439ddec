import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvsim.fields import Choice, Number, Switch, Text, as_typed
from kvsim.one_prompt import FIELDS, KNOBS, MOST_SLOTS, OnePrompt, from_fragment, read, scattered_pool, to_fragment
from kvsim.policies import POLICIES
from kvsim.presets import PRESETS
from kvsim.recording import Recording

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def good_values(field):
    if isinstance(field, Text):
        return TEXTS
    if isinstance(field, Number):
        return st.integers(*field.range).map(str)
    return st.sampled_from(field.names) if isinstance(field, Choice) else st.sampled_from(["on", "off"])


ASKED = st.fixed_dictionaries({name: good_values(field) for name, field in FIELDS.items()}).map(lambda typed: read(typed, OnePrompt()).asked)


def test_the_default_makes_full_attention_run_out_of_blocks_and_attention_sinks_finish():
    runs = {name: Recording(OnePrompt(kv_policy=name).scenario()).run() for name in POLICIES}
    assert {name: (run.ending, run.last_position) for name, run in runs.items()} == {
        "full attention": ("out of blocks", 11),
        "recent-N": ("out of blocks", 11),
        "sliding window": ("finished", 14),
        "pinned prefix": ("finished", 14),
        "attention sinks": ("finished", 14),
    }


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_is_good_and_its_link_opens_at_a_step_of_its_run(preset):
    reading, position = from_fragment(to_fragment(preset.asked, preset.step))
    assert (reading.asked, reading.problems, position) == (preset.asked, (), preset.step)
    assert read({name: as_typed(value) for name, value in preset.asked.values().items()}, OnePrompt()).problems == ()
    assert preset.step <= Recording(preset.asked.scenario()).run().last_position


def test_an_answer_is_as_long_as_it_is_to_be_and_starts_over_if_its_text_is_too_short():
    def said(max_tokens):
        return "".join(OnePrompt(answer="So it slept.", max_tokens=max_tokens).scenario().requests[0].answer)

    assert [said(None), said(2), said(6)] == ["So it slept.", "So it", "So it slept. So it"]


def test_somebody_else_can_be_sent_away():
    assert OnePrompt(somebody_else=False).scenario().initial_pool().free == tuple(range(1, 12))


@given(ASKED, st.integers(0, 999_999))
def test_a_link_gives_back_what_was_asked_for_and_the_step(asked, step):
    reading, position = from_fragment("#" + to_fragment(asked, step))
    assert (reading.asked, reading.problems, position) == (asked, (), step)


def test_a_link_to_the_start_of_the_default_is_empty():
    assert to_fragment(OnePrompt(), 0) == ""
    assert to_fragment(OnePrompt(), 3) == "v=1&step=3"
    assert to_fragment(OnePrompt(kv_policy="recent-N", somebody_else=False), 0) == "v=1&kv_policy=recent-N&somebody_else=off"


@given(st.text())
def test_no_link_breaks_the_page(fragment):
    reading, position = from_fragment(fragment)
    assert position >= 0
    reading.asked.scenario()


@given(st.dictionaries(st.sampled_from(list(FIELDS)), st.one_of(st.text(), st.integers(-9, 9999).map(str))))
def test_whatever_is_typed_there_is_a_good_scenario_and_a_problem_for_each_field_that_was_changed(typed):
    reading = read(typed, OnePrompt())
    named = {problem.field for problem in reading.problems}
    for name, value in reading.asked.values().items():
        FIELDS[name].read(name, as_typed(value))
        if name in typed and name not in named:
            assert FIELDS[name].read(name, typed[name]) == value
    assert reading.asked.block_size * reading.asked.num_gpu_blocks <= MOST_SLOTS
    assert Recording(reading.asked.scenario()).run().ending in ("finished", "out of blocks")


@given(ASKED)
def test_every_run_that_can_be_asked_for_ends(asked):
    assert Recording(asked.scenario()).run().ending in ("finished", "out of blocks")


def test_texts_can_be_put_together_again_from_what_is_run():
    asked = OnePrompt(prompt="a  b\tçç 東京🙂", answer=" x\n")
    request = asked.scenario().requests[0]
    assert ("".join(request.prompt), "".join(request.answer)) == (asked.prompt, asked.answer)


@pytest.mark.parametrize(
    ("name", "typed", "used", "problem"),
    [
        ("num_gpu_blocks", "900", 256, "num_gpu_blocks: 2 to 256, got 900"),
        ("num_gpu_blocks", "-1", 2, "num_gpu_blocks: 2 to 256, got -1"),
        ("kv_policy", "lru", "attention sinks", "kv_policy: one of full attention, recent-N, sliding window, pinned prefix, attention sinks, got “lru”"),
        ("somebody_else", "maybe", True, "somebody_else: on or off, got “maybe”"),
        ("max_tokens", "0", 1, "max_tokens: 1 to 256, got 0"),
        ("window", "x", 8, "window: a whole number from 1 to 512, got “x”"),
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
    assert reading.asked.values()[name] == used
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


def test_a_pool_of_more_slots_than_a_step_can_draw_is_cut():
    reading = read({"block_size": "32", "num_gpu_blocks": "200"}, OnePrompt())
    assert [str(problem) for problem in reading.problems] == ["num_gpu_blocks: at most 128 of this size (4,096 slots in all), got 200"]
    assert reading.asked.num_gpu_blocks == 128


def test_two_policies_may_share_a_knob():
    assert list(KNOBS) == ["sinks", "window", "pinned", "recent"]


def test_a_field_left_empty_means_nothing_only_where_it_may():
    assert read({"max_tokens": " "}, OnePrompt(max_tokens=3)).asked.max_tokens is None
    assert Switch().nearest("?", True) is True


@given(st.integers(*FIELDS["num_gpu_blocks"].range))
def test_somebody_else_holds_half_of_the_pool_and_every_block_has_one_place(num_gpu_blocks):
    pool = scattered_pool(num_gpu_blocks)
    assert sorted(pool.held + pool.free) == list(range(1, num_gpu_blocks))
    assert pool.free
    assert len(pool.held) - len(pool.free) <= 1


def test_physical_order_is_not_logical_order():
    free = scattered_pool(12).free
    assert list(free) != sorted(free)
