"""Scenarios for tests: made by hand, at random from a seed, and as a Hypothesis strategy."""

import random

from hypothesis import strategies as st

from kvsim.scenario import Config, InitialPool, RequestSpec, Scenario


def words(count: int, start: int = 0) -> tuple[str, ...]:
    return tuple(f" w{i}" for i in range(start, start + count))


def lone(prompt: int, answer: int, *, blocks: int = 12, size: int = 4, budget: int = 64, pool: InitialPool | None = None) -> Scenario:
    """One request of so many prompt and answer tokens."""
    request = RequestSpec("A", words(prompt), words(answer, prompt))
    return Scenario(Config(blocks, size, budget), (request,), pool)


def several(*sizes: tuple[int, int], blocks: int = 12, size: int = 4, budget: int = 64) -> Scenario:
    """Requests A, B, ... of (prompt, answer) tokens, all arriving at once."""
    requests = tuple(RequestSpec("ABCDEFGH"[i], words(prompt), words(answer, prompt)) for i, (prompt, answer) in enumerate(sizes))
    return Scenario(Config(blocks, size, budget), requests)


def at_random(seed: int) -> Scenario:
    """A scenario of up to six requests, in a pool that is often too small for them."""
    rng = random.Random(seed)
    blocks, size = rng.randint(2, 24), rng.choice([1, 2, 3, 4, 8])
    room = max(2, (blocks - 1) * size)
    requests = tuple(RequestSpec(f"r{i}", words(rng.randint(1, room)), words(rng.randint(1, 20)), rng.randint(0, 8)) for i in range(rng.randint(1, 6)))
    ids = list(range(1, blocks))
    rng.shuffle(ids)
    held = rng.randint(0, len(ids) // 2)
    pool = rng.choice([None, InitialPool(tuple(ids[:held]), tuple(ids[held:]))])
    return Scenario(Config(blocks, size, rng.choice([1, 3, 8, 64])), requests, pool)


scenarios = st.integers(0, 2**32).map(at_random)
