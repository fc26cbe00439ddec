"""Steps per CPU second of the engine, alone or beside the real vLLM scheduler, and what a seek costs."""

import json
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Worker:
    """A process that measures one round for each line that it is sent."""

    def __init__(self, program: str, script: str) -> None:
        self._process = subprocess.Popen([program, str(HERE / script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def round(self) -> dict[str, float]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        sys.exit(f"{self._process.args} ended without an answer: run it by hand, and press Enter, to see why")

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def main(rounds: int, vllm_python: str | None) -> None:
    workers = [Worker(sys.executable, "ours.py")]
    if (HERE.parents[1] / "node_modules/pyodide").exists() and shutil.which("node"):
        workers.append(Worker("node", "ours_in_pyodide.mjs"))
    if vllm_python:
        workers.append(Worker(vllm_python, "theirs.py"))
    for worker in workers:
        worker.round()  # the first one warms up
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for worker in workers:
            for name, figure in worker.round().items():
                found.setdefault(name, []).append(figure)
    for worker in workers:
        worker.end()
    report(found)


def report(found: dict[str, list[float]]) -> None:
    median = {name: statistics.median(figures) for name, figures in found.items()}
    print("64 running, blocks of 16, 2,000 steps, prefix caching and events on; medians of", len(found["4,096 blocks"]), "interleaved rounds (all of them)")
    for name in ("4,096 blocks", "100,000 blocks", "500 waiting", "in Pyodide", "vLLM"):
        if name in found:
            print(f"{name:>16}: {median[name]:7,.0f} steps per CPU second   ({', '.join(f'{figure:,.0f}' for figure in sorted(found[name]))})")
    print(f"a step with 100,000 blocks costs {median['4,096 blocks'] / median['100,000 blocks']:.2f} of one with 4,096")
    print(f"a step with 500 requests waiting costs {median['4,096 blocks'] / median['500 waiting']:.2f} of one with none")
    if "in Pyodide" in found:
        print(f"in Pyodide (WebAssembly, 4,096 blocks) a step takes {median['4,096 blocks'] / median['in Pyodide']:.1f} times as long as on this Python")
    if "vLLM" in found:
        print(f"our engine does {median['4,096 blocks'] / median['vLLM']:.1f} times the steps of the real vLLM scheduler")
    print(f"slowest of 50 seeks in the recording ({median['events']:,.0f} events): {median['seek']:.1f} ms")
