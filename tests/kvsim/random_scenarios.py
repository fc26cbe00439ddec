"""Random scenarios over every setting, from a seed; also what tools/record_vllm.py compares with the real vLLM."""

import random
from typing import Any

from kvsim.policies import POLICIES
from kvsim.scenario import Config, InitialPool, KVPolicyChoice, RequestSpec, Scenario

VOCABULARY = range(1, 9)  # small, so that prompts share prefixes and stop tokens are hit


def at_random(seed: int) -> Scenario:
    """A scenario that vLLM accepts: a pool often too small for its requests, and any mixture of settings."""
    rng = random.Random(seed)
    config = _config(rng)
    resets = sorted(rng.sample(range(60), 3)) if rng.random() < 0.3 else []
    return Scenario(config, _requests(rng, config), reset_prefix_cache_steps=tuple(resets), name=f"random {seed}")


def with_somebody_else(scenario: Scenario, seed: int) -> Scenario:
    """The same in a pool that is partly held by somebody else, its queue shuffled: ours, not vLLM's."""
    rng = random.Random(seed)
    ids = list(range(1, scenario.config.num_gpu_blocks))
    rng.shuffle(ids)
    held = rng.randint(0, len(ids) // 2)
    return scenario._replace(pool=InitialPool(tuple(ids[:held]), tuple(ids[held:])))


def with_kv_policy(scenario: Scenario, seed: int) -> Scenario:
    """The same under one of our KV policies, its knobs small enough to matter."""
    rng = random.Random(seed)
    name = rng.choice(list(POLICIES))
    knobs = tuple(rng.choice([1, 2, 3, 4, 5, 8, 13]) for _ in POLICIES[name].knobs)
    retention = scenario.config.prefix_cache_retention_interval if scenario.config.sliding_window else rng.choice([None, None, 0])
    settings = {"sliding_window": None, "kv_policy": KVPolicyChoice(name, knobs), "prefix_cache_retention_interval": retention}
    return scenario._replace(config=scenario.config._replace(**settings))


def _config(rng: random.Random) -> Config:
    size, length, seqs = rng.choice([1, 2, 3, 4, 8, 16]), rng.choice([16, 32, 48, 64]), rng.choice([1, 2, 3, 5, 8, 12])
    window = rng.choice([None, None, None, 1, 2, 5, 8, 13, length])
    drafts = rng.choice([None, None, None, 1, 2, 3, 5])
    chunked = rng.random() < 0.85
    budget = max(seqs, rng.choice([4, 8, 16, 32, 64]), 0 if chunked else length)
    settings: dict[str, Any] = {}
    if rng.random() < 0.2:
        settings["max_num_active_seqs"] = rng.randint(1, seqs)
    if rng.random() < 0.2:
        settings["max_num_scheduled_tokens"] = rng.randint(1, budget) if chunked else budget
    if rng.random() < 0.4:
        threshold = min(rng.choice([1, 2, 5, 9, 12]), length)
        if threshold > (drafts or 0):
            settings |= {"long_prefill_token_threshold": threshold, "long_prefill_token_threshold_adaptive": rng.random() < 0.4}
    if window:
        settings["prefix_cache_retention_interval"] = rng.choice([None, 0, 0, size, 2 * size, 4 * size])
    return Config(
        num_gpu_blocks=2 + max(1, int(length / size * rng.choice([0.5, 0.8, 1, 1.4, 2, 4]))),
        block_size=size,
        max_num_seqs=seqs,
        max_num_batched_tokens=budget,
        max_model_len=length,
        enable_prefix_caching=rng.random() < 0.85,
        enable_chunked_prefill=chunked,
        policy=rng.choice(["fcfs", "priority"]),
        watermark=rng.choice([0, 0, 0.05, 0.1, 0.3]),
        scheduler_reserve_full_isl=rng.random() < 0.6,
        prefill_schedule_interval=rng.choice([1, 1, 1, 2, 3, 5]),
        sliding_window=window,
        num_speculative=drafts,
        max_steps=400,
        **settings,
    )


def _requests(rng: random.Random, config: Config) -> tuple[RequestSpec, ...]:
    texts = [[rng.choice(VOCABULARY) for _ in range(config.max_model_len)] for _ in range(3)]
    requests, arrival = [], 0
    for i in range(rng.randint(1, 25)):
        arrival += rng.choice([0, 0, 0, 1, 1, 2, 5])
        base = rng.choice(texts)
        shared = base[: rng.randint(1, min(len(base), config.max_model_len - 2))]
        prompt = (shared + _tokens(rng, rng.choice([0, 0, 1, 3, 6])))[: config.max_model_len - 1]
        most = rng.randint(1, 16)
        answer = _tokens(rng, most + 8)
        texts.append(prompt + answer[:most])  # a later prompt may go on from this answer
        requests.append(_request(rng, config, f"r{i:02d}", prompt, answer, most, arrival))
    return tuple(requests)


def _request(rng: random.Random, config: Config, name: str, prompt: list[int], answer: list[int], most: int, arrival: int) -> RequestSpec:
    settings: dict[str, Any] = {"priority": rng.choice([0, 0, 1, 2, -1])}
    if rng.random() < 0.15:
        settings |= {"abort_step": arrival + rng.randrange(12), "abort_phase": rng.choice(["before", "during"])}
    if rng.random() < 0.2:
        settings["stop_token_ids"] = (rng.choice(VOCABULARY),)
    if rng.random() < 0.2:
        settings["cache_salt"] = rng.choice("xy")
    if config.num_speculative and rng.random() < 0.9:
        settings["draft_accept"] = tuple(rng.randint(0, config.num_speculative) for _ in range(rng.randint(1, 5)))
    return RequestSpec(name, tuple(prompt), tuple(answer), arrival, most, **settings)


def _tokens(rng: random.Random, count: int) -> list[int]:
    return [rng.choice(VOCABULARY) for _ in range(count)]
