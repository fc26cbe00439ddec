/* Applies to the page what Python found to differ (py/kvdraw/diff.py says what each change means), all of it in one call:
 * a call from Python into the browser costs microseconds, and a step makes a hundred changes. */
globalThis.kvPatch = names => {
  'use strict';
  const elements = Array.from(names, name => document.getElementById(name)); // by their numbers
  const APPLY = {
    find: (number, parent, place) => { elements[number] = elements[parent].children[place]; },
    set: (number, name, value) => elements[number].setAttribute(name, value),
    unset: (number, name) => elements[number].removeAttribute(name),
    text: (number, text) => { elements[number].textContent = text; },
    fill: (number, html) => { elements[number].innerHTML = html; },
    end: (number, html) => elements[number].insertAdjacentHTML('beforeend', html),
    front: (number, html) => elements[number].insertAdjacentHTML('beforebegin', html),
    move: (number, before) => elements[before].before(elements[number]),
    remove: number => elements[number].remove(),
  };
  return changes => { for (const [what, ...how] of JSON.parse(changes)) APPLY[what](...how); };
};
