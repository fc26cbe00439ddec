// Our side of the engine's measures in the Python that visitors get: a round for each line it reads, as ours.py on the desk.
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadPyodide } from 'pyodide';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const python = await loadPyodide();
for (const folder of ['py', 'tools']) python.mountNodeFS(`/${folder}`, path.join(ROOT, folder));
await python.runPythonAsync(`
import sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/tools/bench", "/py"]
from load import load
from ours import run
scenario = load(4096)
`);
for await (const _ of readline.createInterface({ input: process.stdin }))
  console.log(JSON.stringify({ 'in Pyodide': python.runPython('run(scenario)') }));
