// Prepares the runtime that the pages load: node_modules/ in, assets/vendor/ out. Run by tools/runtime.py.
//   pyscript/core.js           PyScript in one file, without the parts no page uses (terminal, editors, games)
//   pyodide/                   Pyodide as published, but for two files made smaller or faster to start:
//   pyodide/python_stdlib.zip  modules that a page imports as bytecode (half the boot), what no page can use left out
//   pyodide/pyodide-lock.json  no packages: nothing is ever installed in the page
//   licences/                  of everything above
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { loadPyodide } from 'pyodide';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VENDOR = path.join(ROOT, 'assets/vendor');
const inModules = name => path.join(ROOT, 'node_modules', name);
const inVendor = name => path.join(VENDOR, name);

// Parts of PyScript that load on demand and that no page of ours demands.
const UNUSED = /(xterm|codemirror|zip-|toml-|py-game|py-terminal|py-editor|donkey|deprecations|pyodide_graph|mpy-|py-Dl)/;

const leaveOutUnused = {
  name: 'leave-out-unused',
  setup(bundler) {
    bundler.onResolve({ filter: UNUSED }, found => ({ path: found.path, namespace: 'unused' }));
    bundler.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents: 'export default undefined; export const a = undefined, b = undefined, s = undefined, x = undefined;',
    }));
  },
};

async function bundlePyScript() {
  await build({
    entryPoints: [inModules('@pyscript/core/dist/core.js')],
    outfile: inVendor('pyscript/core.js'),
    bundle: true, format: 'esm', minify: true, target: 'esnext', charset: 'utf8',
    legalComments: 'none', logLevel: 'error', plugins: [leaveOutUnused],
  });
  fs.copyFileSync(inModules('@pyscript/core/dist/core.css'), inVendor('pyscript/core.css'));
}

function copyPyodide() {
  for (const name of ['pyodide.mjs', 'pyodide.asm.mjs', 'pyodide.asm.wasm'])
    fs.copyFileSync(inModules(`pyodide/${name}`), inVendor(`pyodide/${name}`));
  const lock = JSON.parse(fs.readFileSync(inModules('pyodide/pyodide-lock.json')));
  fs.writeFileSync(inVendor('pyodide/pyodide-lock.json'), JSON.stringify({ ...lock, packages: {} }));
}

// The bytecode has to come from the Python that will run it, so Pyodide itself compiles it, here under Node.
async function precompileStdlib() {
  const python = await loadPyodide();
  python.FS.mkdirTree('/build/py');
  python.FS.writeFile('/build/in.zip', fs.readFileSync(inModules('pyodide/python_stdlib.zip')));
  python.mountNodeFS('/build/py', path.join(ROOT, 'py'));
  python.runPython(fs.readFileSync(path.join(ROOT, 'tools/precompile_stdlib.py'), 'utf8'));
  fs.writeFileSync(inVendor('pyodide/python_stdlib.zip'), python.FS.readFile('/build/out.zip'));
}

function copyLicences() {
  fs.cpSync(path.join(ROOT, 'assets/licences'), inVendor('licences'), { recursive: true });
  fs.copyFileSync(inModules('@pyscript/core/LICENSE'), inVendor('licences/PyScript-Apache-2.0.txt'));
  const bundled = ['polyscript', 'coincident', 'reflected-ffi', 'basic-devtools', '@ungap/with-resolvers',
    '@webreflection/fetch', '@webreflection/idb-map', '@webreflection/utils', 'add-promise-listener', 'codedent',
    'html-escaper', 'next-resolver', 'plain-tag', 'sticky-module', 'to-json-callback', 'type-checked-collections', 'weak-id'];
  const texts = bundled.map(name => {
    const file = ['LICENSE', 'LICENSE.md', 'license'].map(l => inModules(`${name}/${l}`)).find(f => fs.existsSync(f));
    const { license } = JSON.parse(fs.readFileSync(inModules(`${name}/package.json`)));
    return `${name} (${license})\n\n${file ? fs.readFileSync(file, 'utf8') : ''}`;
  });
  fs.writeFileSync(inVendor('licences/in-PyScript.txt'), texts.join('\n\n----\n\n'));
}

fs.rmSync(VENDOR, { recursive: true, force: true });
for (const folder of ['pyscript', 'pyodide', 'licences']) fs.mkdirSync(inVendor(folder), { recursive: true });
await bundlePyScript();
copyPyodide();
await precompileStdlib();
copyLicences();
