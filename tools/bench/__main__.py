"""Measure, in interleaved rounds, and print medians and their ratios. Not part of `make test`: no test asserts a time.

    python tools/bench engine                                      steps per CPU second of our engine, here and in Pyodide, and what a seek costs
    python tools/bench engine --vllm build/vllm/bin/python         the same beside the real vLLM scheduler, in one run
    .venv/bin/python tools/bench frame                             one click on Step in single.html, by the number of slots

tools/real_vllm.py says how to install vLLM for it. Timings are noisy: only ratios of one run mean something.
"""

import argparse

import engine
import frame


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tools/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    of_engine = commands.add_parser("engine", help="steps per CPU second, the pool's size, and seeking")
    of_engine.add_argument("--vllm", metavar="PYTHON", help="a Python that has vLLM, to measure beside it")
    of_engine.add_argument("--rounds", type=int, default=5)
    of_frame = commands.add_parser("frame", help="click to next frame")
    of_frame.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    if chosen.command == "engine":
        engine.main(chosen.rounds, chosen.vllm)
    else:
        frame.main(chosen.rounds)


if __name__ == "__main__":
    main()
