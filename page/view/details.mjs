// One hidden unit or one output in numbers: what it adds up, and to whom it speaks.
import { SIDE } from "../engine/drawing.mjs";
import { byId, filled, largestOf, make, paintSigned, pointOn, say, shown } from "./dom.mjs";
import { CLASSES, HIDDEN, MODELS, NAMES, PIXELS } from "./models.mjs";
import { results, rightText } from "./see.mjs";
import { change, state } from "./state.mjs";
import { TEXT } from "./text.mjs";

const SPEAKERS = 5; // units listed for an output, for and against
let pixel = { x: 14, y: 14 };
let built = ""; // which unit or output the elements on the page are for
let parts = {};

/** Return a bar to the right for a number above 0, hatched and to the left for one below. */
function signedBar(share) {
  const bar = make("i", { class: share < 0 ? "below" : "above" });
  bar.style.width = `${100 * Math.min(Math.abs(share), 1)}%`;
  bar.style[share < 0 ? "right" : "left"] = share < 0 ? "100%" : "0";
  return make("div", { class: "signed", "aria-hidden": "true" }, bar);
}

function picture(name) {
  const canvas = make("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
  return [canvas, make("figure", {}, canvas, make("figcaption", {}, name))];
}

/** Build the elements for a unit: they stay while the image changes. */
function buildUnit(model) {
  const [[weights, first], [pixels, second], [product, third]] =
    [TEXT.see.weights, TEXT.see.pixels, TEXT.see.product].map(picture);
  product.setAttribute("tabindex", "0");
  product.removeAttribute("aria-hidden");
  product.setAttribute("role", "application");
  product.setAttribute("aria-label", TEXT.see.point);
  const sign = (text) => make("span", { "aria-hidden": "true" }, text);
  parts = {
    weights, pixels, product,
    pixel: make("p", { class: "number small", role: "status" }, TEXT.see.point),
    sum: make("p", { class: "number" }), table: make("tbody"), right: make("p", { class: "number small" }),
    toggle: make("button", { type: "button", onclick: () => toggle(model) }),
    all: make("button", { type: "button", onclick: () => { model.off.clear(); change({}); } }, TEXT.see.allOn),
  };
  product.addEventListener("pointerdown", (event) => inspect(...pointOn(product, event).map(Math.floor)));
  product.addEventListener("keydown", onKey);
  const head = make("tr", {}, make("th", { scope: "col" }, TEXT.see.digit), make("th", { scope: "col" }, TEXT.see.share), make("td"));
  byId("details").replaceChildren(make("div", { class: "both", "data-model": model.name },
    make("div", {}, make("div", { class: "sum" }, first, sign(TEXT.see.times), second, sign(TEXT.see.equals), third),
      parts.pixel, parts.sum, make("p", { class: "buttons" }, parts.toggle, parts.all), parts.right),
    make("div", {}, make("h4", {}, TEXT.see.adds), make("table", { class: "adds" }, make("thead", {}, head), parts.table))));
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function onKey(event) {
  const move = MOVES[event.key];
  if (!move) return;
  event.preventDefault();
  inspect(pixel.x + move[0], pixel.y + move[1]);
}

function inspect(x, y) {
  pixel = { x: Math.min(Math.max(x, 0), SIDE - 1), y: Math.min(Math.max(y, 0), SIDE - 1), chosen: true };
  change({}, "pixel");
}

function toggle(model) {
  const unit = state.focus.index;
  if (!model.off.delete(unit)) model.off.add(unit);
  change({}, "off");
}

function showPixel(weights, x, product) {
  const place = pixel.y * SIDE + pixel.x;
  if (!pixel.chosen) return;
  say(parts.pixel, filled(TEXT.see.pixel, {
    row: pixel.y, column: pixel.x, weight: shown(weights[place], 4), pixel: shown(x[place], 3), product: shown(product[place], 4),
  }));
  const context = parts.product.getContext("2d");
  context.strokeStyle = "#b3261e";
  context.lineWidth = 0.5;
  context.strokeRect(pixel.x - 0.25, pixel.y - 0.25, 1.5, 1.5);
}

function showUnit(model, unit) {
  const { network, x, z1, a1 } = results()[model.name];
  const weights = network.w1.subarray(unit * PIXELS, (unit + 1) * PIXELS);
  const product = weights.map((weight, i) => weight * x[i]);
  const most = largestOf(weights);
  paintSigned(parts.weights, weights, SIDE, most);
  paintSigned(parts.pixels, x.map((level) => -level), SIDE, 1); // ink is dark, as on paper
  paintSigned(parts.product, product, SIDE, most);
  showPixel(weights, x, product);
  const bias = network.b1[unit];
  say(parts.sum, `z₁[${unit}] = Σ w·x + b₁ = ${shown(z1[unit] - bias, 3)} + ${bracketed(bias)} = ${shown(z1[unit], 3)},  `
    + `a₁[${unit}] = ${model.off.has(unit) ? `0 (${TEXT.see.isOff})` : `σ(${shown(z1[unit], 3)}) = ${shown(a1[unit], 3)}`}`);
  const adds = Array.from({ length: CLASSES }, (_, digit) => network.w2[digit * HIDDEN + unit] * a1[unit]);
  const widest = largestOf(Array.from({ length: CLASSES }, (_, digit) => network.w2[digit * HIDDEN + unit]));
  parts.table.replaceChildren(...adds.map((share, digit) => make("tr", {}, make("th", { scope: "row" }, NAMES[digit]),
    make("td", {}, shown(share, 3)), make("td", {}, signedBar(share / widest)))));
  say(parts.toggle, model.off.has(unit) ? TEXT.see.on : TEXT.see.off);
  parts.all.disabled = !model.off.size;
  say(parts.right, rightText(model));
}

const bracketed = (number) => (number < 0 ? `(${shown(number, 3)})` : shown(number, 3));

function speaker(model, [unit, share]) {
  const name = filled(TEXT.see.unitName, { unit });
  return make("li", {}, make("button", {
    type: "button", onclick: () => change({ focus: { model: model.name, kind: "unit", index: unit } }, "unit"),
  }, `${name}: ${share > 0 ? "+" : ""}${shown(share, 3)}`));
}

function buildOutput(model) {
  parts = { sum: make("p", { class: "number" }), for: make("ol"), against: make("ol") };
  byId("details").replaceChildren(make("div", { "data-model": model.name }, parts.sum, make("div", { class: "pairs" },
    make("div", {}, make("h4", {}, `+ ${TEXT.see.for}`), parts.for),
    make("div", {}, make("h4", {}, `− ${TEXT.see.against}`), parts.against))));
}

function showOutput(model, digit) {
  const { network, a1, z2, a2 } = results()[model.name];
  const shares = Array.from(a1, (a, unit) => [unit, network.w2[digit * HIDDEN + unit] * a]).sort((a, b) => b[1] - a[1]);
  const bias = network.b2[digit];
  say(parts.sum, `z₂[${digit}] = Σ w·a₁ + b₂ = ${shown(z2[digit] - bias, 3)} + ${bracketed(bias)} = ${shown(z2[digit], 3)},  `
    + `a₂[${digit}] = σ(${shown(z2[digit], 3)}) = ${shown(a2[digit], 3)}`);
  const [best, worst] = [shares.slice(0, SPEAKERS), shares.slice(-SPEAKERS).reverse()];
  parts.for.replaceChildren(...best.filter(([, share]) => share > 0).map((pair) => speaker(model, pair)));
  parts.against.replaceChildren(...worst.filter(([, share]) => share < 0).map((pair) => speaker(model, pair)));
}

/** Show the unit or the output that was touched. */
export function showDetails() {
  const { focus } = state;
  if (!focus) return;
  const model = MODELS.find(({ name }) => name === focus.model);
  const key = `${focus.model} ${focus.kind} ${focus.index}`;
  const unit = focus.kind === "unit";
  if (key !== built) {
    const title = unit ? TEXT.see.unitTitle : TEXT.see.outputTitle;
    say(byId("details-title"), filled(title, { model: TEXT.models[model.name].name, unit: focus.index, digit: NAMES[focus.index] }));
    (unit ? buildUnit : buildOutput)(model);
    byId("details-back").disabled = false;
    built = key;
  }
  (unit ? showUnit : showOutput)(model, focus.index);
}
