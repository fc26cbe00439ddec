"""Fetch and prepare the runtime that the pages load: `python tools/runtime.py`. Nothing is fetched or built twice.

npm fetches what package-lock.json pins (PyScript, Pyodide, the bundler), tools/build_runtime.mjs turns that into
assets/vendor/, and three more files are written there: which Python files a page loads, how large everything is, and all
of it once more in one script, for pages that are opened from disk.
"""

import base64
import gzip
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENDOR = ROOT / "assets" / "vendor"
ROOMS = ("kvsim", "kvdraw", "pages")
MARK = ".made-from"
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
    ".json": "application/json",
    ".py": "text/plain",
}


def main() -> None:
    fetch_packages()
    if not is_current(VENDOR, built_from()):
        print("Preparing the Python runtime for the browser ...", flush=True)
        run(tool("node"), "tools/build_runtime.mjs")
        mark_current(VENDOR, built_from())
    write_page_files()
    if not is_current(VENDOR / "offline", built := digest(*offline_files())):
        write_offline()
        mark_current(VENDOR / "offline", built)


def fetch_packages() -> None:
    """`npm ci`, where what is in node_modules/ is not what package-lock.json pins."""
    modules, pinned = ROOT / "node_modules", digest(ROOT / "package-lock.json")
    if not is_current(modules, pinned):
        print("Fetching PyScript and Pyodide with npm ...", flush=True)
        run(tool("npm"), "ci", "--no-audit", "--no-fund", "--loglevel=error")
        mark_current(modules, pinned)


def write_page_files() -> None:
    """pyscript.json: the files that go into the page's Python. manifest.json: bytes of all that is fetched, for the progress bar."""
    files = {f"../../{file.relative_to(ROOT).as_posix()}": f"./{file.relative_to(ROOT / 'py').as_posix()}" for file in sources()}
    write(VENDOR / "pyscript.json", {"interpreter": "./assets/vendor/pyodide/pyodide.mjs", "files": files})
    fetched = [VENDOR / "pyodide/pyodide.asm.wasm", VENDOR / "pyodide/python_stdlib.zip", *sources()]
    write(VENDOR / "manifest.json", {file.relative_to(ROOT).as_posix(): file.stat().st_size for file in fetched})


def offline_files() -> list[pathlib.Path]:
    """Everything that PyScript asks for by address while a page starts."""
    pyodide = [VENDOR / "pyodide" / name for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")]
    return [VENDOR / "pyscript/core.js", VENDOR / "pyscript.json", *pyodide, *sources()]


def write_offline() -> None:
    """offline/files.js: those files as one classic script, the only thing that a page opened from disk may load."""
    (VENDOR / "offline").mkdir(exist_ok=True)
    table = {}
    for file in offline_files():
        data, gzipped = file.read_bytes(), file.suffix != ".zip"
        packed = gzip.compress(data, mtime=0) if gzipped else data
        table[file.relative_to(ROOT).as_posix()] = [TYPES[file.suffix], gzipped, base64.b64encode(packed).decode()]
    (VENDOR / "offline" / "files.js").write_text(f"globalThis.kvOffline = {json.dumps(table)};\n", encoding="utf-8")


def built_from() -> str:
    """What the build depends on, as one text: the pinned packages, the build itself, and what our modules import (that is precompiled)."""
    tools = digest(ROOT / "package-lock.json", ROOT / "tools/build_runtime.mjs", ROOT / "tools/precompile_stdlib.py")
    lines = {line for file in sources() for line in file.read_text(encoding="utf-8").splitlines() if line.startswith(("import ", "from "))}
    return tools + hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def sources() -> list[pathlib.Path]:
    """The Python files that a page loads."""
    return sorted(file for room in ROOMS for file in (ROOT / "py" / room).rglob("*.py"))


def digest(*files: pathlib.Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()


def is_current(folder: pathlib.Path, stamp: str) -> bool:
    """Whether a folder was made from what `stamp` says."""
    file = folder / MARK
    return file.is_file() and file.read_text() == stamp


def mark_current(folder: pathlib.Path, stamp: str) -> None:
    (folder / MARK).write_text(stamp)


def write(file: pathlib.Path, data: object) -> None:
    file.write_text(json.dumps(data, indent=1), encoding="utf-8")


def tool(name: str) -> str:
    """The full name of a program; on Windows npm is npm.cmd, which only its full name starts."""
    found = shutil.which(name)
    if found is None:
        sys.exit(f"{name} is missing: install Node.js 20 or newer, which brings it.")
    return found


def run(*command: str) -> None:
    """Run a program in the project's folder; its failure ends this one."""
    status = subprocess.run(command, cwd=ROOT).returncode
    if status:
        sys.exit(f"failed with status {status}: {' '.join(command)}")


if __name__ == "__main__":
    main()
