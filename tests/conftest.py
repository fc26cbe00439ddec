import sys

from hypothesis import settings

# Python in WebAssembly is several times slower than on the desk: the same tests, fewer examples.
settings.register_profile("desk", deadline=None, max_examples=300)
settings.register_profile("pyodide", deadline=None, max_examples=40, database=None)
settings.load_profile("pyodide" if sys.platform == "emscripten" else "desk")
