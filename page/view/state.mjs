// What is shown, and the address that holds it: a teacher can share a moment.
import { fromBase64, withoutRuns, withRuns } from "../engine/codes.mjs";
import { DIGITS, HIDDEN, CLASSES, LAST, MODELS, PIXELS, digitImage } from "./models.mjs";

export const state = {
  image: new Uint8Array(PIXELS), // what the networks see
  before: new Uint8Array(PIXELS), // the same before it was changed by the tools
  digit: null, // place of a test digit, if one was picked
  message: "empty", // empty, dot or null: what is known of a drawing
  epoch: LAST,
  focus: null, // {model, kind: unit or output, index}
  tour: 0, // 1 to 8
  did: new Set(), // what the visitor has done, for the tour
};
const listeners = [];
const FIRST = 6; // the digit that a visitor meets

/** Call a function after each change. */
export const listen = (run) => listeners.push(run);

/** Change the state, and tell everybody; `did` names what the visitor did. */
export function change(changes, did = null) {
  Object.assign(state, changes);
  if (did) state.did.add(did);
  listeners.forEach((run) => run());
  remember();
}

/** Show one of the 200 digits. */
export function pick(place) {
  const image = digitImage(place);
  change({ digit: place, image, before: image.slice(), message: null }, "image");
}

const letters = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytesOf = (text) => fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));

/** Return the state as the part of an address behind #. */
function address() {
  const parts = new URLSearchParams();
  if (state.tour) parts.set("tour", state.tour);
  if (state.digit !== null) parts.set("digit", state.digit);
  const picked = state.digit !== null && state.image.every((level, i) => level === digitImage(state.digit)[i]);
  if (!picked && state.image.some(Boolean)) parts.set("image", letters(withRuns(state.image)));
  if (state.epoch !== LAST) parts.set("epoch", state.epoch);
  if (state.focus) parts.set("look", `${state.focus.model}-${state.focus.kind}-${state.focus.index}`);
  MODELS.forEach(({ name, off }) => { if (off.size) parts.set(`off-${name}`, [...off].sort((a, b) => a - b).join(".")); });
  return parts.toString();
}

let waiting = 0;
function remember() {
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, "", `#${address()}`), 300);
}

const whole = (text, least, most) => (/^\d{1,3}$/.test(text ?? "") && +text >= least && +text <= most ? +text : null);

function imageOf(text) {
  try {
    const packed = text ? bytesOf(text) : [];
    return packed.length ? withoutRuns(packed, PIXELS) : null;
  } catch {
    return null; // a broken address: as if it had no image
  }
}

function focusOf(text) {
  const [name, kind, index] = (text ?? "").split("-");
  const most = { unit: HIDDEN, output: CLASSES }[kind];
  const place = most ? whole(index, 0, most - 1) : null;
  return MODELS.some((model) => model.name === name) && place !== null ? { model: name, kind, index: place } : null;
}

/** Take the state from the address; what is broken in it counts as missing. Without any, show a digit. */
export function recall() {
  const shared = location.hash.includes("=");
  const parts = new URLSearchParams(shared ? location.hash.slice(1) : `digit=${FIRST}`);
  const digit = whole(parts.get("digit"), 0, DIGITS.n - 1);
  const own = imageOf(parts.get("image"));
  const image = own ?? (digit === null ? null : digitImage(digit));
  MODELS.forEach((model) => {
    const units = (parts.get(`off-${model.name}`) ?? "").split(".").map((text) => whole(text, 0, HIDDEN - 1));
    model.off = new Set(units.filter((unit) => unit !== null));
  });
  change({
    tour: whole(parts.get("tour"), 1, 8) ?? 0,
    epoch: whole(parts.get("epoch"), 0, LAST) ?? LAST,
    focus: focusOf(parts.get("look")),
    digit,
    image: image ?? new Uint8Array(PIXELS),
    before: digit === null ? (image ?? new Uint8Array(PIXELS)).slice() : digitImage(digit),
    message: image ? null : "empty",
  });
}
