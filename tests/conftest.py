"""Property tests make the same examples everywhere and assert no time. To look for new ones:

python -m pytest tests/kvsim --hypothesis-profile explore
"""

import sys

from hypothesis import settings

# Python in WebAssembly is several times slower than on the desk: the same tests, fewer examples.
settings.register_profile("desk", deadline=None, derandomize=True, max_examples=300)
settings.register_profile("pyodide", deadline=None, derandomize=True, max_examples=40, database=None)
settings.register_profile("explore", deadline=None, max_examples=3000)
settings.load_profile("pyodide" if sys.platform == "emscripten" else "desk")
