"""Rewrite Pyodide's standard library so that a page starts faster; runs inside Pyodide (see build_runtime.mjs).

The published zip holds plain .py files, which the browser would compile at every visit. Modules that a page imports
become unchecked hash-based .pyc files (PEP 552); the others stay as they are, except those that no page can use.
"""

import importlib
import importlib._bootstrap_external as bootstrap
import importlib.util
import pathlib
import sys
import zipfile

# What PyScript's own Python imports while a page starts; a browser test fails where this list is too short.
BY_PYSCRIPT = """asyncio base64 contextlib copy dataclasses functools html inspect io json mimetypes pathlib random re
    string tempfile traceback types typing warnings urllib.parse pyodide.http pyodide.webloop pyodide.ffi.wrappers
    encodings.idna encodings.latin_1 zipfile shutil hashlib unicodedata textwrap threading queue"""

# Whole parts of the library that need a terminal, a process, a socket or a screen.
NO_USE_IN_A_PAGE = (
    "_pyrepl/", "curses/", "ensurepip/", "idlelib/", "multiprocessing/", "pdb.py", "pydoc", "doctest.py", "sqlite3/",
    "tkinter/", "turtle", "unittest/", "venv/", "wsgiref/", "xmlrpc/", "imaplib.py", "smtplib.py", "ftplib.py", "poplib.py",
)  # fmt: skip
STDLIB = f"/lib/python3{sys.version_info.minor}.zip/"


def import_what_a_page_imports() -> None:
    sys.path.insert(0, "/build/py")
    for name in BY_PYSCRIPT.split():
        importlib.import_module(name)
    house = pathlib.Path("/build/py")
    for room in ("kvsim", "kvdraw"):
        for file in (house / room).rglob("*.py"):
            if file.stem not in ("__init__", "__main__"):
                importlib.import_module(".".join(file.relative_to(house).with_suffix("").parts))


def imported_files() -> set[str]:
    """The files of the standard library that are loaded now, as named inside the zip."""
    files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    return {name.removeprefix(STDLIB) for name in files if name.startswith(STDLIB)}


def bytecode(name: str, source: bytes) -> bytes:
    code = compile(source, STDLIB + name, "exec", dont_inherit=True)
    return bytes(bootstrap._code_to_hash_pyc(code, importlib.util.source_hash(source), False))


import_what_a_page_imports()
hot = imported_files()
with zipfile.ZipFile("/build/in.zip") as published, zipfile.ZipFile("/build/out.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as ours:
    for entry in published.infolist():
        name, data = entry.filename, published.read(entry)
        if name.endswith("/") or (name not in hot and name.startswith(NO_USE_IN_A_PAGE)):
            continue
        if name in hot and name.endswith(".py"):
            name, data = name + "c", bytecode(name, data)
        ours.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
