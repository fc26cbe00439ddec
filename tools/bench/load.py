"""The load of the engine's measures: a server that is always full, 64 requests running, with a shared system prompt."""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parents[2] / "py")]

from kvsim.engine import Engine  # noqa: E402
from kvsim.events import Finished  # noqa: E402
from kvsim.scenario import Config, RequestSpec, Scenario  # noqa: E402

RUNNING = 64
STEPS = 2000
SYSTEM_PROMPT = (7,) * 64
OWN_PROMPT = 192


def load(blocks: int, waiting: int = 0) -> Scenario:
    """2,000 steps with blocks of 16, prefix caching on; whoever finishes is replaced in the next step, so the batch stays full.

    So many more requests wait in the queue, all the time.
    """
    config = Config(num_gpu_blocks=blocks, block_size=16, max_num_seqs=RUNNING, max_num_batched_tokens=2048, max_model_len=2048, max_steps=STEPS)
    requests = [_request(number, 0) for number in range(RUNNING + waiting)]
    engine = Engine(Scenario(config, tuple(requests)))
    for step in range(STEPS):
        before = len(engine.events)
        engine.schedule()
        engine.sample()
        engine.finish()
        for event in engine.events[before:]:
            if isinstance(event, Finished):
                requests.append(_request(len(requests), step + 1))
                engine.add_request(requests[-1])
    return Scenario(config, tuple(requests))


def _request(number: int, arrival_step: int) -> RequestSpec:
    prompt = SYSTEM_PROMPT + tuple((number * 7919 + place) % 30_000 for place in range(OWN_PROMPT))
    length = 256 - number * 37 % 128  # so that they do not all finish at once
    return RequestSpec(f"r{number}", prompt, tuple(5 + place % 999 for place in range(length)), arrival_step)
