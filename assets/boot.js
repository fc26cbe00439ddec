/* The one script of every page. It sets the theme before anything is painted. Where a page has Python in it, it loads
 * PyScript, which starts Python, which does all the rest. Until then it shows how far that is, in real bytes; and where
 * Python can't start, or fails later, it says so in a sentence. */
(() => {
  'use strict';
  const THEME = 'kv-cache-visualizer-theme'; // kept only when it differs from what the system asks for
  const page = document.documentElement;
  const system = () => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const kept = () => { try { return localStorage.getItem(THEME); } catch { return null; } }; // storage may be shut
  if (['dark', 'light'].includes(kept())) page.dataset.theme = kept();

  function switchTheme() {
    const theme = (page.dataset.theme ?? system()) === 'dark' ? 'light' : 'dark';
    if (theme === system()) delete page.dataset.theme;
    else page.dataset.theme = theme;
    try {
      if (theme === system()) localStorage.removeItem(THEME);
      else localStorage.setItem(THEME, theme);
    } catch { /* then it lasts as long as the page */ }
  }

  const root = new URL('../', document.currentScript.src);
  const at = path => new URL(path, root).href;
  const say = text => { document.getElementById('loading-text').textContent = text; };
  const PYSCRIPT = 'assets/vendor/pyscript/core.js';
  const NO_RUNTIME = 'The picture can’t move yet: its Python runtime is not in this folder. ' +
    'In a terminal, in the project’s folder, run “make serve” (or “python tools/serve.py”) and open the address that it prints.';

  function fail(text, detail = '') {
    const box = document.getElementById('failure');
    box.querySelector('p').textContent = text;
    box.querySelector('code').textContent = detail;
    box.hidden = false;
    document.getElementById('loading').hidden = true;
    box.scrollIntoView({ block: 'nearest' });
  }

  /* An error in Python, told by Python or seen by the browser: the page stays as it is, and can be started over. */
  function failed(detail) {
    fail('Something went wrong in this page’s Python. What was shown last is still in the address; starting over clears it.', detail);
    document.querySelector('#failure button').hidden = false;
  }
  function startOver() {
    history.replaceState(null, '', location.pathname + location.search);
    location.reload();
  }

  /* Counts the bytes that arrive for the files in `sizes` (path: bytes), without touching the responses themselves. */
  function countBytes(sizes) {
    const total = Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0);
    const bar = document.querySelector('#loading progress');
    const megabytes = bytes => (bytes / 1e6).toFixed(1);
    const plainFetch = fetch.bind(globalThis);
    let arrived = 0;
    const count = async reader => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        arrived = Math.min(total, arrived + part.value.length);
        bar.value = arrived / total;
        say(arrived < total ? `Python is on its way: ${megabytes(arrived)} of ${megabytes(total)} MB` : 'Python is starting');
      }
    };
    globalThis.fetch = async (input, init) => {
      const url = new URL(input.url ?? input, location.href).href;
      const response = await plainFetch(input, init);
      if (url.startsWith(root.href) && url.slice(root.href.length) in sizes && response.ok && response.body)
        count(response.clone().body.getReader()).catch(() => {});
      // Pyodide waits for ever for WebAssembly that comes under another type, as some simple servers send it.
      if (url.endsWith('.wasm') && response.ok && !response.headers.get('content-type')?.startsWith('application/wasm'))
        return new Response(response.body, { headers: { 'content-type': 'application/wasm' } });
      return response;
    };
  }

  /* Over http, the browser fetches what PyScript asks for. */
  async function loadFromServer() {
    const manifest = await fetch(at('assets/vendor/manifest.json'));
    if (!manifest.ok) return fail(NO_RUNTIME);
    countBytes(await manifest.json());
    await import(at(PYSCRIPT));
  }

  /* From disk, a page may not fetch the files beside it, nor import them as modules; but it may run them as scripts. So one
   * script, offline/files.js, holds them all (path: [type, gzipped or not, base64]). What is asked for by its own address comes
   * from there: fetched files by a fetch of ours, modules by an import map. PyScript and Pyodide notice nothing. */
  async function loadFromDisk() {
    const script = document.createElement('script');
    script.src = at('assets/vendor/offline/files.js');
    const there = await new Promise(done => { script.onload = () => done(true); script.onerror = () => done(false); document.head.append(script); });
    if (!there) return fail(NO_RUNTIME);
    say('Python is starting');
    const files = new Map(Object.entries(globalThis.kvOffline).map(([path, file]) => [at(path), file]));
    const plainFetch = fetch.bind(globalThis);
    globalThis.fetch = async (input, init) => {
      const url = new URL(input.url ?? input, location.href).href;
      return files.has(url) ? asResponse(files.get(url)) : plainFetch(input, init);
    };
    const modules = [...files].filter(([, [type]]) => type === 'text/javascript');
    const blobs = modules.map(async ([url, file]) => [url, URL.createObjectURL(await asResponse(file).blob())]);
    const map = document.createElement('script');
    map.type = 'importmap';
    map.textContent = JSON.stringify({ imports: Object.fromEntries(await Promise.all(blobs)) });
    document.head.append(map);
    await import(at(PYSCRIPT));
  }

  function asResponse([type, gzipped, base64]) {
    const bytes = Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), char => char.charCodeAt(0));
    const body = new Blob([bytes]).stream();
    return new Response(gzipped ? body.pipeThrough(new DecompressionStream('gzip')) : body, { headers: { 'content-type': type } });
  }

  function startPython() {
    addEventListener('kv:failed', event => failed(event.detail));
    addEventListener('unhandledrejection', event => failed(String(event.reason)));
    addEventListener('error', event => { if (event.filename?.startsWith(root.href)) failed(event.message); });
    /* Where our Python can't even be imported, PyScript puts what Python said beside its script. */
    new MutationObserver(() => {
      const error = document.querySelector('body > .py-error');
      if (!error) return;
      error.remove();
      failed(error.textContent);
    }).observe(document.body, { childList: true });
    document.querySelector('#failure button').addEventListener('click', startOver);
    (location.protocol === 'file:' ? loadFromDisk() : loadFromServer())
      .catch(error => fail('The Python runtime could not be loaded. Reload the page to try again.', String(error)));
  }

  addEventListener('DOMContentLoaded', () => {
    document.getElementById('theme').addEventListener('click', switchTheme);
    if (document.querySelector('script[type="py"]')) startPython();
  });
})();
