// Runs pytest inside Pyodide under Node: `node tools/pytest_in_pyodide.mjs tests/kvsim`. The Python that visitors get.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPyodide } from 'pyodide';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const python = await loadPyodide();
for (const [inside, outside] of [['/site', 'build/pyodide-site'], ['/project/py', 'py'], ['/project/tests', 'tests'], ['/project/examples', 'examples']])
  python.mountNodeFS(inside, path.join(ROOT, outside));
const status = await python.runPythonAsync(`
import os, sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/site", "/project/py", "/project/tests/kvsim"]
os.chdir("/project")
import pytest
print("Python", sys.version.split()[0], "in Pyodide")
int(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", *${JSON.stringify(process.argv.slice(2))}]))
`);
process.exit(status);
