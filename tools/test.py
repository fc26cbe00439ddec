"""Set up what the tests need and run all of them: `python tools/test.py`. Nothing is fetched twice.

In order: style and types, unit and property tests on this Python, the same kvsim tests inside Pyodide under Node, and the
pages in a real Chromium. What is set up goes into .venv/, node_modules/, assets/vendor/ and build/.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import venv

import runtime

ROOT = runtime.ROOT
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
SITE_IN_PYODIDE = ROOT / "build" / "pyodide-site"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


def main() -> None:
    make_venv()
    runtime.main()
    make_pyodide_site()
    chromium = find_chromium()
    os.environ["CHROMIUM"] = chromium
    run_python("-m", "ruff", "check", ".")
    run_python("-m", "ruff", "format", "--check", ".")
    run_python("-m", "mypy")
    runtime.run(runtime.tool("node"), "tools/pytest_in_pyodide.mjs", "tests/kvsim")
    run_python("-m", "pytest")


def make_venv() -> None:
    """A virtual environment with the pinned test tools of pyproject.toml."""
    stamp = runtime.digest(ROOT / "pyproject.toml")
    if runtime.is_current(VENV, stamp):
        return
    print("Setting up .venv ...", flush=True)
    try:
        venv.create(VENV, clear=True, with_pip=True)
    except subprocess.CalledProcessError:
        sys.exit("Python can't make a virtual environment here: install its venv module (on Debian: apt-get install python3-venv).")
    run_python("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", ".[test]")
    runtime.mark_current(VENV, stamp)


def make_pyodide_site() -> None:
    """pytest and Hypothesis again, for the Python inside Pyodide: copies of what .venv holds, all of it pure Python."""
    stamp = runtime.digest(ROOT / "pyproject.toml")
    if runtime.is_current(SITE_IN_PYODIDE, stamp):
        return
    shutil.rmtree(SITE_IN_PYODIDE, ignore_errors=True)
    wanted = [f"{name}=={version_of(name)}" for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments", "hypothesis", "sortedcontainers")]
    run_python("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile", "--target", str(SITE_IN_PYODIDE), *wanted)
    runtime.mark_current(SITE_IN_PYODIDE, stamp)


def version_of(package: str) -> str:
    command = [str(PYTHON), "-c", f"import importlib.metadata as m; print(m.version({package!r}))"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def find_chromium() -> str:
    """A Chromium to drive: named by $CHROMIUM, installed, or Playwright's own; on Debian, as root, it is installed."""
    found = installed_chromium()
    if not found and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's Chromium ...", flush=True)
        runtime.run("apt-get", "update", "-qq")
        runtime.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
        found = installed_chromium()
    if not found:
        sys.exit(f"The browser tests need a Chromium: install one ({PYTHON} -m playwright install chromium), or set CHROMIUM to one you have.")
    return found


def installed_chromium() -> str | None:
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if named:
        return named
    script = "from playwright.sync_api import sync_playwright as p\nwith p() as it: print(it.chromium.executable_path)"
    own = subprocess.run([str(PYTHON), "-c", script], capture_output=True, text=True).stdout.strip()
    return own if own and pathlib.Path(own).exists() else None


def run_python(*arguments: str) -> None:
    runtime.run(str(PYTHON), *arguments)


if __name__ == "__main__":
    main()
