"""vLLM's side of the engine's measures, for a Python that has it: `schedule()` and `update_from_output()` alone are timed;
making requests, hashing their prompts and the model are outside of the clock."""

import json
import sys
import time
from typing import Any

from load import STEPS, load

# isort: split
from real_vllm import RealScheduler  # before vLLM: it tells it to stay offline and quiet

# isort: split
from vllm.v1.outputs import ModelRunnerOutput

from kvsim.scenario import Scenario


def run(scenario: Scenario) -> float:
    """Steps per CPU second, with prefix caching and KV events."""
    events: list[Any] = []
    real = RealScheduler(scenario.config, events.append)
    scheduler, specs = real.scheduler, {spec.id: spec for spec in scenario.requests}
    arriving: dict[int, list[str]] = {}
    for spec in scenario.requests:
        arriving.setdefault(spec.arrival_step, []).append(spec.id)
    spent = 0.0
    for step in range(STEPS):
        for name in arriving.get(step, ()):
            real.add(specs[name])
        start = time.thread_time()
        output = scheduler.schedule()
        spent += time.thread_time() - start
        names = list(output.num_scheduled_tokens)
        places = {name: place for place, name in enumerate(names)}
        result = ModelRunnerOutput(names, places, [_says(scheduler.requests[name], specs[name].answer) for name in names])
        start = time.thread_time()
        scheduler.update_from_output(output, result)
        spent += time.thread_time() - start
    scheduler.shutdown()
    return STEPS / spent


def _says(request: Any, answer: Any) -> list[int]:
    return [] if request.is_prefill_chunk else [answer[request.num_output_tokens]]


def main() -> None:
    scenario = load(4096)
    for _ in sys.stdin:
        print(json.dumps({"vLLM": run(scenario)}), flush=True)


main()
