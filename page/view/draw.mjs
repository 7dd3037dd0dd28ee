// The drawing area, the image that it becomes, the tools that change it, and the 200 digits.
import {
  BRUSH, CANVAS, SIDE, addStroke, moved, noisy, shrink, thicker, turned,
} from "../engine/drawing.mjs";
import { RandomState } from "../engine/random.mjs";
import { byId, eachFrame, filled, make, paintInk, pointOn, rove } from "./dom.mjs";
import { DATA, DIGITS, NAMES, digitImage, disagreements } from "./models.mjs";
import { change, listen, pick, state } from "./state.mjs";
import { TEXT } from "./text.mjs";

const pad = byId("pad");
const input = byId("input");
const EMPTY = new Uint8Array(CANVAS * CANVAS);
const KEY_STEP = 12;
const DOT = 3 * BRUSH; // a drawing that is smaller is a dot
const ERASER = 1; // pixels around the one that is erased
let strokes = [];
let ink = EMPTY.slice();
let drawing = null; // the stroke that the pointer draws
let pen = { x: CANVAS / 2, y: CANVAS / 2, stroke: null };
let eraser = { x: 14, y: 14 };
let noise = 0;
let steps = null;

function inkOf(all) {
  return all.reduce((made, stroke) => addStroke(made, stroke), EMPTY.slice());
}

/** Make the 28 x 28 pixels of the ink, and show them. */
function develop() {
  steps = shrink(ink, CANVAS);
  const image = steps ? steps.image : new Uint8Array(SIDE * SIDE);
  const message = !steps ? "empty" : Math.max(steps.box.height, steps.box.width) < DOT ? "dot" : null;
  change({ digit: null, image, before: image.slice(), message }, message ? null : "image");
  paintPad();
}
const developSoon = eachFrame(develop);

function extend(stroke, point) {
  addStroke(ink, stroke.length ? [stroke.at(-1), point] : [point]);
  stroke.push(point);
  developSoon();
}

function begin(point) {
  if (state.digit !== null || !strokes.length) forget();
  const stroke = [];
  strokes.push(stroke);
  extend(stroke, point);
  return stroke;
}

/** Drop all strokes. */
function forget() {
  strokes = [];
  ink = EMPTY.slice();
  pen.stroke = null;
}

function clear() {
  forget();
  develop();
}

function undo() {
  strokes.pop();
  pen.stroke = null;
  ink = inkOf(strokes);
  develop();
}

/** Paint the ink, or the digit that was picked, with a cross at the pen while keys move it. */
function paintPad() {
  if (!strokes.length && state.image.some(Boolean)) paintInk(pad, enlarged(state.image), CANVAS);
  else paintInk(pad, ink, CANVAS);
  if (document.activeElement !== pad || !pad.matches(":focus-visible")) return;
  cross(pad.getContext("2d"), pen.x, pen.y, 10, pen.stroke ? "#b3261e" : "#0b5394");
}

function cross(context, x, y, arm, colour) {
  context.strokeStyle = colour;
  context.lineWidth = arm > 5 ? 3 : 0.4;
  context.beginPath();
  context.moveTo(x - arm, y);
  context.lineTo(x + arm, y);
  context.moveTo(x, y - arm);
  context.lineTo(x, y + arm);
  context.stroke();
}

function enlarged(image) {
  const factor = CANVAS / SIDE;
  return EMPTY.map((_, i) => image[Math.floor(i / CANVAS / factor) * SIDE + Math.floor((i % CANVAS) / factor)]);
}

function listenToPad() {
  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    drawing = begin(pointOn(pad, event));
  });
  pad.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    const all = event.getCoalescedEvents?.() ?? [];
    (all.length ? all : [event]).forEach((one) => extend(drawing, pointOn(pad, one)));
  });
  ["pointerup", "pointercancel"].forEach((name) => pad.addEventListener(name, () => { drawing = null; }));
  pad.addEventListener("keydown", onKey);
  ["focus", "blur"].forEach((name) => pad.addEventListener(name, paintPad));
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function onKey(event) {
  const arrow = ARROWS[event.key];
  if (arrow) {
    const far = event.shiftKey ? KEY_STEP / 4 : KEY_STEP;
    pen.x = Math.min(Math.max(pen.x + far * arrow[0], 0), CANVAS);
    pen.y = Math.min(Math.max(pen.y + far * arrow[1], 0), CANVAS);
    if (pen.stroke) extend(pen.stroke, [pen.x, pen.y]);
  } else if (event.key === " ") pen.stroke = pen.stroke ? null : begin([pen.x, pen.y]);
  else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) undo();
  else if (event.key === "Escape") pen.stroke = null;
  else return;
  event.preventDefault();
  paintPad();
}

/** Set the pixels around one to paper. */
function erase(x, y) {
  const image = state.image.slice();
  for (let row = Math.max(y - ERASER, 0); row <= Math.min(y + ERASER, SIDE - 1); row++) {
    for (let column = Math.max(x - ERASER, 0); column <= Math.min(x + ERASER, SIDE - 1); column++) image[row * SIDE + column] = 0;
  }
  change({ image, message: image.some(Boolean) ? state.message : "empty" });
}

function listenToInput() {
  let erasing = false;
  const at = (event) => erase(...pointOn(input, event).map(Math.floor));
  input.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    input.setPointerCapture(event.pointerId);
    erasing = true;
    at(event);
  });
  input.addEventListener("pointermove", (event) => { if (erasing) at(event); });
  ["pointerup", "pointercancel"].forEach((name) => input.addEventListener(name, () => { erasing = false; }));
  input.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (arrow) eraser = { x: Math.min(Math.max(eraser.x + arrow[0], 0), 27), y: Math.min(Math.max(eraser.y + arrow[1], 0), 27) };
    else if (event.key === " ") erase(eraser.x, eraser.y);
    else return;
    event.preventDefault();
    paintInput();
  });
  ["focus", "blur"].forEach((name) => input.addEventListener(name, paintInput));
}

function paintInput() {
  paintInk(input, state.image, SIDE);
  if (document.activeElement === input && input.matches(":focus-visible")) {
    cross(input.getContext("2d"), eraser.x + 0.5, eraser.y + 0.5, 1.5, "#0b5394");
  }
}

const TOOLS = {
  left: (image) => moved(image, -1, 0),
  right: (image) => moved(image, 1, 0),
  up: (image) => moved(image, 0, -1),
  down: (image) => moved(image, 0, 1),
  turnLeft: (image) => turned(image, -10),
  turnRight: (image) => turned(image, 10),
  thicker,
  noise: (image) => noisy(image, new RandomState(noise++)),
  reset: () => state.before.slice(),
};

function useTool(name) {
  const image = TOOLS[name](state.image);
  const known = name === "reset" && state.message === "dot" ? "dot" : null;
  change({ image, message: image.some(Boolean) ? known : "empty" });
}

/** Return a square to show a crop of another shape in. */
function squared({ cropped, box }) {
  const side = Math.max(box.height, box.width);
  const square = new Uint8Array(side * side);
  const [top, left] = [Math.floor((side - box.height) / 2), Math.floor((side - box.width) / 2)];
  for (let y = 0; y < box.height; y++) {
    square.set(cropped.subarray(y * box.width, (y + 1) * box.width), (top + y) * side + left);
  }
  return [square, side];
}

function paintSteps() {
  const known = state.digit === null && strokes.length ? steps : null;
  const paper = new Uint8Array(SIDE * SIDE);
  const [square, side] = known ? squared(known) : [paper, SIDE];
  paintInk(byId("cropped"), square, side);
  const [small, smallSide] = known
    ? squared({ cropped: known.scaled, box: { height: known.height, width: known.width } })
    : [paper.slice(0, 400), 20];
  paintInk(byId("scaled"), small, smallSide);
  paintInk(byId("centred"), known ? known.image : paper, SIDE);
}

function addDigits() {
  const disagree = disagreements();
  const group = byId("digits");
  const canvas = make("canvas"); // images are cheaper than canvases: a browser keeps a layer for each canvas in sight
  DIGITS.labels.forEach((label, place) => {
    paintInk(canvas, digitImage(place), SIDE);
    const text = disagree[place] ? TEXT.draw.digitDisagree : TEXT.draw.digit;
    group.append(make("button", {
      type: "button", "aria-pressed": "false", "aria-label": filled(text, { label: NAMES[label], place: place + 1 }),
      "data-disagree": disagree[place] ? "" : null, onclick: () => { forget(); pick(place); },
    }, make("img", { src: canvas.toDataURL(), alt: "" })));
  });
  rove(group, () => getComputedStyle(group).gridTemplateColumns.split(" ").length);
  byId("pick-note").textContent = filled(TEXT.draw.pickNote, DATA.digits.groups);
}

/** Put the section together. */
export function startDrawing() {
  listenToPad();
  listenToInput();
  byId("clear").addEventListener("click", clear);
  byId("undo").addEventListener("click", undo);
  byId("tools").addEventListener("click", (event) => {
    if (event.target.dataset.tool) useTool(event.target.dataset.tool);
  });
  addDigits();
  const buttons = [...byId("digits").children];
  listen(eachFrame(() => {
    paintInput();
    paintPad();
    paintSteps();
    byId("undo").disabled = !strokes.length;
    buttons.forEach((button, place) => {
      const pressed = String(place === state.digit);
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    });
  }));
}
