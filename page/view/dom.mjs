// Small helpers for the document.

/** Return the element with an id. */
export const byId = (id) => document.getElementById(id);

/** Return a new element with attributes, listeners (on...) and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Return a text with its {names} replaced. */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Return a number with a true minus sign and a fixed count of decimals. */
export function shown(number, decimals = 2) {
  const text = Math.abs(number).toFixed(decimals);
  return number < 0 && Number(text) ? `−${text}` : text;
}

/** Return a share as a percentage. */
export const percent = (share, decimals = 1) => `${(100 * share).toFixed(decimals)} %`;

/** Set a text only where it changes: readers for the blind then say it once. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set an attribute only where it changes. */
export function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Set a property of the style only where it changes. */
export function style(element, name, value) {
  if (element.style[name] !== value) element.style[name] = value;
}

/** Paint grey levels, 0 for paper and 255 for ink, on a canvas of that size. */
export function paintInk(canvas, pixels, width) {
  paint(canvas, width, pixels.length / width, (i) => 255 - pixels[i]);
}

/** Paint numbers: white above 0, black below, middle grey at 0. */
export function paintSigned(canvas, numbers, width, most) {
  paint(canvas, width, numbers.length / width, (i) => 127.5 + (127.5 * numbers[i]) / (most || 1));
}

function paint(canvas, width, height, grey) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  const data = context.createImageData(width, height);
  const opaque = new Uint32Array(data.data.buffer); // red, green and blue are alike, so their order does not matter
  for (let i = 0; i < opaque.length; i++) opaque[i] = 0xff000000 | (Math.round(grey(i)) * 0x010101);
  context.putImageData(data, 0, 0);
}

/** Return the largest absolute value. */
export const largestOf = (numbers) => numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);

/** One stop of the Tab key for a group of buttons; arrow keys go from one to the next, `columns` in a row. */
export function rove(group, columns) {
  const items = () => [...group.querySelectorAll("button")];
  items().forEach((item, i) => { item.tabIndex = i ? -1 : 0; });
  const go = (from, to) => {
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };
  group.addEventListener("keydown", (event) => {
    const all = items();
    const here = all.indexOf(document.activeElement);
    const row = typeof columns === "function" ? columns() : columns;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row }[event.key];
    if (here < 0 || !by) return;
    event.preventDefault();
    if (all[here + by]) go(all[here], all[here + by]);
  });
  group.addEventListener("focusin", (event) => {
    items().forEach((item) => { item.tabIndex = item === event.target ? 0 : -1; });
  });
}

/** Return the pixel [x, y] of a canvas that a pointer is on, in the canvas's own pixels. */
export function pointOn(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const [left, top] = [box.left + canvas.clientLeft, box.top + canvas.clientTop];
  return [
    ((event.clientX - left) * canvas.width) / canvas.clientWidth,
    ((event.clientY - top) * canvas.height) / canvas.clientHeight,
  ];
}

/** Run a function at most once for each frame. */
export function eachFrame(run) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      run();
    });
  };
}
