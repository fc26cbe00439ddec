import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvsim.scenario import Config, InitialPool, KVPolicyChoice, RequestSpec, Scenario, ScenarioError
from kvsim.scenario_json import from_json, to_json
from kvsim.tokens import labels
from scenarios import scenarios

WHOLE_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
GOOD = {"config": {"num_gpu_blocks": 4}, "requests": [{"id": "A", "prompt": "a b", "answer": "c"}]}


def changed(path, value):
    data = json.loads(json.dumps(GOOD))
    *folders, last = path
    target = data
    for name in folders:
        target = target[name]
    target[last] = value
    return json.dumps(data)


def test_a_scenario_is_read_from_json():
    assert from_json(json.dumps(GOOD)) == Scenario(Config(num_gpu_blocks=4), (RequestSpec("A", ("a", " b"), ("c",)),))


def test_without_a_pool_all_blocks_but_the_null_block_are_free_in_order():
    assert from_json(json.dumps(GOOD)).initial_pool() == InitialPool((), (1, 2, 3))


def test_texts_and_token_ids_are_one_format():
    ids = {"id": "B", "prompt_token_ids": [5, 6], "output_token_ids": [7, 8, 9], "max_tokens": 2, "stop_token_ids": [8], "priority": -1}
    read = from_json(json.dumps({"requests": [GOOD["requests"][0], ids]}))
    assert read.requests[1] == RequestSpec("B", (5, 6), (7, 8, 9), max_tokens=2, stop_token_ids=(8,), priority=-1)
    assert [request.most_tokens for request in read.requests] == [1, 2]
    assert from_json(to_json(read)) == read


def test_a_prompt_of_token_ids_may_be_as_long_as_max_model_len_lets_it():
    request = {"id": "A", "prompt_token_ids": [5] * 30_000, "output_token_ids": [6]}
    assert len(from_json(json.dumps({"config": {"max_model_len": 30_001}, "requests": [request]})).requests[0].prompt) == 30_000
    with pytest.raises(ScenarioError, match=r"^requests\[0\].prompt_token_ids: at most 29,999 tokens \(max_model_len - 1\), got 30,000"):
        from_json(json.dumps({"config": {"max_model_len": 30_000}, "requests": [request]}))


def test_what_is_as_by_default_is_not_written():
    assert json.loads(to_json(from_json(json.dumps(GOOD)))) == {"config": {"num_gpu_blocks": 4}, "requests": [{**GOOD["requests"][0], "arrival_step": 0}]}


def test_a_kv_policy_is_its_name_and_its_knobs_of_which_any_may_be_left_out():
    sinks = from_json(changed(["config", "kv_policy"], {"name": "attention sinks", "window": 6})).config.kv_policy
    assert sinks == KVPolicyChoice("attention sinks", (2, 6))
    assert from_json(changed(["config", "kv_policy"], None)).config.kv_policy is None


def test_a_setting_that_may_be_absent_may_be_null():
    assert from_json(changed(["config", "sliding_window"], None)).config.sliding_window is None
    with pytest.raises(ScenarioError, match=r"config\.block_size: a whole number, got nothing"):
        from_json(changed(["config", "block_size"], None))


@given(scenarios)
def test_json_round_trips_are_exact(scenario):
    assert from_json(to_json(scenario)) == scenario


@given(WHOLE_TEXT, WHOLE_TEXT)
def test_any_texts_survive_the_round_trip(prompt, answer):
    scenario = Scenario(Config(), (RequestSpec("A", tuple(labels(prompt)), tuple(labels(answer))),))
    assert from_json(to_json(scenario)) == scenario


def test_brackets_inside_a_text_are_text():
    prompt = '[{"' * 50 + "\\"
    assert from_json(changed(["requests", 0, "prompt"], prompt)).requests[0].prompt == tuple(labels(prompt))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "this is not JSON"),
        ("[]", "an object, got a list"),
        ("[" * 100_000, "this is not a scenario: it nests too deeply"),
        ('{"a": ' * 100_000, "this is not a scenario: it nests too deeply"),
        ("{}", "requests: a list, got nothing"),
        (changed(["colour"], 1), "colour: unknown field; known are config, requests, pool, reset_prefix_cache_steps, name, why"),
        (changed(["config", "blocks"], 1), "config.blocks: unknown field"),
        (changed(["config", "block_size"], 0), "config.block_size: at least 1, got 0"),
        (changed(["config", "block_size"], 9_999), "config.block_size: at most 4,096, got 9,999"),
        (changed(["config", "block_size"], "4"), "config.block_size: a whole number, got a text"),
        (changed(["config", "block_size"], True), "config.block_size: a whole number, got true or false"),
        (changed(["config", "block_size"], 1.5), "config.block_size: a whole number, got 1.5"),
        (changed(["requests"], []), "requests: at least 1 request, got 0"),
        (changed(["requests", 0], 7), r"requests\[0\]: an object, got 7"),
        (changed(["requests", 0, "prompt"], ""), r"requests\[0\].prompt: at least 1 token, got 0"),
        (changed(["requests", 0, "prompt"], None), r"requests\[0\].prompt: a text, got nothing"),
        (changed(["requests", 0, "answer"], "\ud800 b"), r"requests\[0\].answer: a text of whole characters"),
        (changed(["requests", 0, "answer"], ""), r"requests\[0\].answer: at least 1 token, got 0"),
        (changed(["requests", 0, "id"], ""), r"requests\[0\].id: a name, got an empty one"),
        (changed(["requests", 0, "arrival_step"], -1), r"requests\[0\].arrival_step: at least 0, got -1"),
        (changed(["requests", 0, "arrival_step"], 10**9), r"requests\[0\].arrival_step: at most 1,000,000"),
        (changed(["requests"], GOOD["requests"] * 2), r"requests\[1\].id: an id of its own, got A again"),
        (changed(["config", "policy"], "lifo"), "config.policy: fcfs or priority, got lifo"),
        (changed(["config", "watermark"], 1), "config.watermark: a number from 0 up to, not including, 1, got 1"),
        (changed(["config", "watermark"], "much"), "config.watermark: a number from 0 up to, not including, 1, got a text"),
        (changed(["config", "enable_prefix_caching"], 1), "config.enable_prefix_caching: true or false, got 1"),
        (changed(["config", "max_num_active_seqs"], 9), r"config.max_num_active_seqs: at most 8 \(max_num_seqs\), got 9"),
        (
            changed(["config", "enable_chunked_prefill"], False),
            r"config.max_num_batched_tokens: without chunked prefill at least 256 \(max_model_len\)",
        ),
        (changed(["config"], {"num_speculative": 3, "long_prefill_token_threshold": 2}), r"config.long_prefill_token_threshold: 0, or more than num_spec"),
        (changed(["config", "long_prefill_token_threshold"], 300), r"config.long_prefill_token_threshold: at most 256 \(max_model_len\), got 300"),
        (changed(["config", "prefix_cache_retention_interval"], 8), "config.prefix_cache_retention_interval: null, 0, or with a sliding window"),
        (changed(["config"], {"sliding_window": 8, "prefix_cache_retention_interval": 6}), r"config.prefix_cache_retention_interval: .* \(4\), got 6"),
        (changed(["config", "kv_policy"], "sinks"), "config.kv_policy: an object, got a text"),
        (changed(["config", "kv_policy"], {}), "config.kv_policy.name: full attention or recent-N or sliding window or .*, got nothing"),
        (changed(["config", "kv_policy"], {"name": ["x"]}), "config.kv_policy.name: .* got a list"),
        (changed(["config", "kv_policy"], {"name": "recent-N", "window": 8}), "config.kv_policy.window: unknown field; known are name, recent"),
        (changed(["config", "kv_policy"], {"name": "attention sinks", "sinks": 0}), "config.kv_policy.sinks: at least 1, got 0"),
        (
            changed(["config"], {"sliding_window": 8, "kv_policy": {"name": "full attention"}}),
            "config.sliding_window: null where a kv_policy is given, got both",
        ),
        (changed(["requests", 0, "max_tokens"], 0), r"requests\[0\].max_tokens: at least 1, got 0"),
        (changed(["requests", 0, "max_tokens"], 2), r"requests\[0\].max_tokens: at most 1 \(the length of its answer\), got 2"),
        (changed(["requests", 0, "prompt"], "a " * 256), r"requests\[0\].prompt: at most 255 tokens \(max_model_len - 1\), got 257"),
        (changed(["requests", 0, "prompt_token_ids"], [1]), r"requests\[0\].prompt_token_ids: either this or prompt, got both"),
        (changed(["requests", 0, "output_token_ids"], [1]), r"requests\[0\].output_token_ids: either this or answer, got both"),
        (
            changed(["requests", 0], {"id": "A", "prompt_token_ids": [1, "2"], "answer": "c"}),
            r"requests\[0\].prompt_token_ids\[1\]: a whole number",
        ),
        (changed(["requests", 0], {"id": "A", "prompt_token_ids": [-1], "answer": "c"}), r"requests\[0\].prompt_token_ids\[0\]: at least 0, got -1"),
        (changed(["requests", 0, "abort_phase"], "after"), r"requests\[0\].abort_phase: before or during, got after"),
        (changed(["requests", 0, "stop_token_ids"], [None]), r"requests\[0\].stop_token_ids\[0\]: a whole number, got nothing"),
        (changed(["requests", 0, "draft_accept"], [65]), r"requests\[0\].draft_accept\[0\]: at most 64, got 65"),
        (changed(["requests", 0, "cache_salt"], 7), r"requests\[0\].cache_salt: a text, got 7"),
        (changed(["requests", 0, "temperature"], 1), r"requests\[0\].temperature: unknown field; known are id, arrival_step, prompt"),
        (changed(["reset_prefix_cache_steps"], [-1]), r"reset_prefix_cache_steps\[0\]: at least 0, got -1"),
        (changed(["name"], "x" * 10_001), "name: at most 10,000 characters, got 10,001"),
        (changed(["pool"], {"held": [1]}), "pool.free: a list, got nothing"),
        (changed(["pool"], {"held": [0], "free": [1, 2, 3]}), r"pool.held\[0\]: at least 1, got 0"),
        (changed(["pool"], {"held": [1], "free": [1, 2, 3]}), "pool: each of the blocks 1 to 3 once"),
    ],
)
def test_an_error_names_the_field(text, message):
    with pytest.raises(ScenarioError, match="^" + message):
        from_json(text)
