"""The five rows say what five separate runs do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvdraw.one_prompt import moment, run_of
from kvdraw.view import view_of
from kvsim.one_prompt import OnePrompt, from_fragment
from kvsim.policies import POLICIES
from kvsim.recording import Recording
from test_figure import walk

ASKED = st.builds(
    OnePrompt,
    prompt=st.integers(1, 40).map(lambda n: "a " * n),
    answer=st.integers(1, 40).map(lambda n: "b " * n),
    kv_policy=st.sampled_from(list(POLICIES)),
    knobs=st.tuples(*[st.integers(1, 12)] * 4),
    block_size=st.sampled_from([1, 2, 4, 16]),
    num_gpu_blocks=st.integers(2, 40),
    max_num_batched_tokens=st.integers(1, 40),
    max_tokens=st.one_of(st.none(), st.integers(1, 40)),
    model=st.just("GPT-2"),
)


def table(run, position):
    (five,) = moment(run, min(position, run.recording.last_position), [1080])["five"]
    return {row.key: [" ".join(part.text for part in walk(cell) if part.text) for cell in row.children] for row in five.children[1].children}


@settings(max_examples=30)
@given(ASKED, st.integers(1, 60))
def test_the_five_rows_agree_with_five_separate_runs(asked, position):
    run = run_of(asked)
    position = min(position, run.recording.last_position)
    rows = table(run, position)
    assert list(rows) == list(POLICIES)
    for name, (_, _, reads, stored, most, fate) in rows.items():
        recording = Recording(asked._replace(kv_policy=name).scenario()).run()
        at = min(position, recording.last_position)
        view = view_of(recording, at, recording.board(at))
        held = [sum(block is not None for block in recording.board(k).requests["A"].table) for k in range(1, recording.last_position + 1)]
        assert (reads, int(stored), int(most)) == (str(view.num_read) if view.query is not None else "–", view.num_stored, max(held))
        assert fate == f"{recording.ending.replace('finished', 'finishes')}, step {recording.last_position}"


def test_the_default_makes_the_policies_worth_watching():
    rows = table(run_of(OnePrompt()), 6)
    assert {name: row[2:] for name, row in rows.items()} == {
        "full attention": ["16", "16", "5", "out of blocks, step 11"],
        "recent-N": ["8", "16", "5", "out of blocks, step 11"],
        "sliding window": ["8", "8", "3", "finishes, step 14"],
        "pinned prefix": ["16", "16", "5", "finishes, step 14"],
        "attention sinks": ["10", "12", "4", "finishes, step 14"],
    }


@pytest.mark.parametrize("name", POLICIES)
def test_each_row_links_to_the_same_step_under_its_policy(name):
    (five,) = moment(run_of(OnePrompt(block_size=8)), 5, [1080])["five"]
    link = next(part.attributes["href"] for row in five.children[1].children if row.key == name for part in walk(row) if part.tag == "a")
    reading, position = from_fragment(link)
    assert (reading.asked, reading.problems, position) == (OnePrompt(kv_policy=name, block_size=8), (), 5)


def test_a_strip_has_a_mark_for_each_position_and_few_nodes_however_long_it_is():
    for asked in (OnePrompt(), OnePrompt(max_tokens=200)):
        run = run_of(asked)
        (five,) = moment(run, 5, [1080])["five"]
        assert sum(1 for _ in walk(five)) < 110
