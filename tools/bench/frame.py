"""What one click on Step costs in single.html, by the number of slots in the pool: until the frame that shows it is there."""

import os
import pathlib
import shutil
import statistics
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import serve

CASES = {
    "32 slots": "block_size=4&num_gpu_blocks=8&somebody_else=off",
    "256 slots": "block_size=16&num_gpu_blocks=16",
    "2,048 slots": "block_size=16&num_gpu_blocks=128",
    "4,096 slots": "block_size=16&num_gpu_blocks=256",
    "4,096 slots, 512 tokens": "block_size=16&num_gpu_blocks=256&kv_policy=full%20attention&max_num_batched_tokens=512&max_tokens=256&step=100&prompt="
    + "a%20" * 256,
}
FRAME = 1000 / 60
WARM_UP = 6  # passes: a browser compiles Python's interpreter again and again while it is hot, and only then is it fast
PASS = """async steps => {
    const step = document.querySelector('[data-do=step]'), back = document.querySelector('[data-do=back]'), board = document.getElementById('board');
    const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
    const painted = done => { const channel = new MessageChannel(); channel.port1.onmessage = done; channel.port2.postMessage(0); };
    const frame = () => new Promise(done => requestAnimationFrame(() => painted(done)));
    const found = {work: [], frame: []};
    for (let i = 0; i < steps; i++) {
        await frame();
        await wait(40);
        const start = performance.now();
        step.click();
        document.body.getBoundingClientRect();  // style and layout, too
        found.work.push(performance.now() - start);
        await frame();
        found.frame.push(performance.now() - start);
    }
    for (let i = 0; i < steps; i++) back.click();
    return found;
}"""


def main(rounds: int) -> None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("this measure needs Playwright: run it with the Python that `make test` set up, .venv/bin/python tools/bench frame")
    server = serve.make_server(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        pages = {}
        for name, fragment in CASES.items():
            pages[name] = browser.new_page(viewport={"width": 1440, "height": 900})
            pages[name].goto(f"http://127.0.0.1:{server.server_port}/single.html#v=1&{fragment}")
            pages[name].wait_for_function("document.documentElement.dataset.ready === 'true'")
        found: dict[str, dict[str, list[float]]] = {name: {"work": [], "frame": []} for name in CASES}
        for number in range(WARM_UP + rounds):
            for name, page in pages.items():
                page.bring_to_front()
                for kind, times in page.evaluate(PASS, 12).items():
                    found[name][kind] += times if number >= WARM_UP else []
        browser.close()
    server.shutdown()
    report(found, rounds)


def report(found: dict[str, dict[str, list[float]]], rounds: int) -> None:
    print(f"one click on Step, medians of {rounds} interleaved rounds of 12 clicks, after {WARM_UP} rounds of warming up")
    for name, times in found.items():
        work, frame = statistics.median(times["work"]), statistics.median(times["frame"])
        print(f"{name:>24}: Python, style and layout {work:5.1f} ms ({work / FRAME:.2f} of a frame of 16.7 ms); until the frame is there {frame:5.1f} ms")
