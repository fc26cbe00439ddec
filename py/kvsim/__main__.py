"""The simulator without a browser.

`python -m kvsim run SCENARIO.json` prints each step's sentence, the queues and the pool as text, and what the run cost; `python -m kvsim trace` reads a
scenario from standard input and writes what happened as JSON, to compare with a recording of the real vLLM.
"""

import argparse
import json
import os
import pathlib
import sys

from kvsim.as_text import metrics_as_text, pool_as_text, queues_as_text
from kvsim.metrics import Metrics
from kvsim.recording import Recording
from kvsim.scenario import Scenario, ScenarioError
from kvsim.scenario_json import from_json
from kvsim.trace import trace
from kvsim.words import phase, plain, step_sentence


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m kvsim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="step through a scenario and print what happens")
    run.add_argument("scenario", metavar="SCENARIO.json", help="a file, or - for standard input")
    commands.add_parser("trace", help="read a scenario from standard input, write every step of its run as JSON")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "trace":
            return _trace(_read("-"))
        return _run(_read(chosen.scenario))
    except BrokenPipeError:  # whoever reads, as `| head` does, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ScenarioError, OSError, UnicodeDecodeError) as error:
        print(f"kvsim: {error}", file=sys.stderr)
        return 2


def _read(name: str) -> Scenario:
    text = sys.stdin.read() if name == "-" else pathlib.Path(name).read_text(encoding="utf-8")
    return from_json(text)


def _trace(scenario: Scenario) -> int:
    json.dump(trace(scenario), sys.stdout, separators=(",", ":"))
    print()
    return 0


def _run(scenario: Scenario) -> int:
    """Print position after position, as they are computed, so that a long run shows at once."""
    recording = Recording(scenario)
    position = 0
    _print_position(recording, position)
    while recording.ending is None:
        recording.advance()
        position += 1
        _print_position(recording, position)
    print(f"\nThe run ends: {recording.ending}, {recording.last_position} steps.")
    shown = recording.events[: recording.place(recording.last_position)]
    print(metrics_as_text(Metrics().apply(shown)))
    return 0


def _print_position(recording: Recording, position: int) -> None:
    board = recording.board(position)
    print(f"\nStep {position}, {phase(recording, position)}. {plain(step_sentence(recording, position, board))}")
    if len(recording.scenario.requests) > 1:
        print(queues_as_text(board))
    print(pool_as_text(board))


if __name__ == "__main__":
    sys.exit(main())
