"""Measure, in interleaved rounds, and print medians and their ratios. Not part of `make test`: no test asserts a time.

    python tools/bench engine                                      steps per CPU second of our engine, and what a seek costs
    python tools/bench engine --vllm build/vllm/bin/python         the same beside the real vLLM scheduler, in one run

tools/real_vllm.py says how to install vLLM for it. Timings are noisy: only ratios of one run mean something.
"""

import argparse

import engine


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tools/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    of_engine = commands.add_parser("engine", help="steps per CPU second, the pool's size, and seeking")
    of_engine.add_argument("--vllm", metavar="PYTHON", help="a Python that has vLLM, to measure beside it")
    of_engine.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    engine.main(chosen.rounds, chosen.vllm)


if __name__ == "__main__":
    main()
