"""Our side of the engine's measures: a process that measures a round for each line it reads."""

import json
import sys
import time

from load import STEPS, load

from kvsim.engine import Engine
from kvsim.recording import Recording
from kvsim.scenario import Scenario

clock = getattr(time, "thread_time", time.perf_counter)  # WebAssembly has no clock of one thread


def run(scenario: Scenario) -> float:
    """Steps per CPU second, arrivals and all events included."""
    engine = Engine(scenario)
    start = clock()
    for _ in range(STEPS):
        engine.schedule()
        engine.sample()
        engine.finish()
    return STEPS / (clock() - start)


def seek(recording: Recording, number: int) -> float:
    """Milliseconds for the slowest of many places, spread over the whole recording."""
    slowest = 0.0
    for place in range(number, len(recording.events), len(recording.events) // 50):
        start = time.perf_counter()
        recording.board_at(place)
        slowest = max(slowest, time.perf_counter() - start)
    return 1000 * slowest


def main() -> None:
    loads = {"4,096 blocks": load(4096), "100,000 blocks": load(100_000), "500 waiting": load(4096, waiting=500)}
    recording = Recording(loads["4,096 blocks"]).run()
    for number, _ in enumerate(sys.stdin):
        figures = {name: run(scenario) for name, scenario in loads.items()}
        print(json.dumps(figures | {"seek": seek(recording, number), "events": len(recording.events)}), flush=True)


if __name__ == "__main__":
    main()
