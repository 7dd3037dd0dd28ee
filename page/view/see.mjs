// The three networks side by side: outputs, hidden units, and the epochs through which they learned.
import { SIDE } from "../engine/drawing.mjs";
import { forward, largest, scalePixels } from "../engine/network.mjs";
import { attribute, byId, eachFrame, filled, largestOf, make, paintSigned, percent, rove, say, shown, style } from "./dom.mjs";
import { drawChart } from "./chart.mjs";
import { CLASSES, DATA, DIGITS, HIDDEN, LAST, MARKS, MODELS, NAMES, PIXELS, keptAround, networkAt, rightOf200 } from "./models.mjs";
import { change, listen, state } from "./state.mjs";
import { TEXT } from "./text.mjs";

const CLEAR = 0.5; // the largest output of a sure answer is above this,
const AHEAD = 0.2; // and ahead of the next by this
const LONGEST = Math.max(...NAMES.map((name) => name.length));
const PLAY_EVERY = 150; // milliseconds for an epoch
const COLUMNS = 10; // of units
const CELL = { width: SIDE + 3, height: SIDE + 8 }; // of a unit: its picture, and below it the bar
const PAUSE = 300; // milliseconds after which panels out of sight are shown too
const panels = new Map();
let catchingUp = 0;
let found = {}; // by model: {network, z1, a1, z2, a2}

/** Return what the networks make of the image now, by the model's name. */
export const results = () => found;

function track() {
  const fill = make("i", { class: "fill" });
  return [make("span", { class: "track", "aria-hidden": "true" }, fill), fill];
}

/** Show a unit or an output in numbers, and make sure that they can be seen. */
function look(model, kind, index) {
  change({ focus: { model: model.name, kind, index } }, kind);
  byId("details-card").scrollIntoView({ block: "nearest" });
}

function outputButton(model, digit) {
  const [bar, fill] = track();
  const [number, mark] = [make("span"), make("span", { "aria-hidden": "true" })];
  const button = make("button", {
    type: "button", "aria-pressed": "false",
    onclick: () => look(model, "output", digit),
  }, make("span", {}, NAMES[digit]), bar, number, mark);
  return { button, fill, number, mark };
}

function unitButton(model, unit) {
  const fill = make("i", { class: "fill", "aria-hidden": "true" });
  const button = make("button", {
    type: "button", "aria-pressed": "false",
    onclick: () => look(model, "unit", unit),
  }, fill);
  return { button, fill };
}

/** Return a canvas for the pictures of all units: one for each unit would cost a browser milliseconds in each frame. */
function unitsCanvas() {
  return make("canvas", {
    "aria-hidden": "true", width: COLUMNS * CELL.width, height: (HIDDEN / COLUMNS) * CELL.height,
  });
}

/** Return the corner of a unit's picture on that canvas. */
const corner = (unit) => [(unit % COLUMNS) * CELL.width + 1, Math.floor(unit / COLUMNS) * CELL.height + 1];

function addPanel(model) {
  const words = TEXT.models[model.name];
  const outputs = Array.from({ length: CLASSES }, (_, digit) => outputButton(model, digit));
  const units = Array.from({ length: HIDDEN }, (_, unit) => unitButton(model, unit));
  const outputGroup = make("div", { class: "outputs", role: "group", "aria-label": `${words.name}: ${TEXT.see.outputs}` });
  const unitGroup = make("div", { class: "units", role: "group", "aria-label": `${words.name}: ${TEXT.see.units}` });
  if (LONGEST > 1) outputGroup.style.setProperty("--name", `${LONGEST * 0.6}rem`);
  outputGroup.append(...outputs.map(({ button }) => button));
  const pictures = unitsCanvas();
  unitGroup.append(pictures, ...units.map(({ button }) => button));
  const right = make("p", { class: "on200", role: "status" });
  byId("models").append(make("article", { class: "model", "data-model": model.name },
    make("h3", {}, `${MARKS[model.name]} ${words.name}`),
    make("p", { class: "small" }, words.what),
    make("p", { class: "small" }, filled(TEXT.see.test, { accuracy: percent(model.testAccuracy, 2) })),
    make("h4", {}, TEXT.see.outputs), outputGroup, make("h4", {}, TEXT.see.units), unitGroup, right));
  rove(outputGroup, 1);
  rove(unitGroup, COLUMNS);
  seen.observe(byId("models").lastChild);
  panels.set(model.name, { outputs, units, pictures, bright: unitsCanvas(), right, epoch: null, drawn: null, visible: false, stale: false });
}

const pressed = (button, kind, model, index) => {
  const { focus } = state;
  const now = focus !== null && focus.kind === kind && focus.model === model.name && focus.index === index;
  attribute(button, "aria-pressed", String(now));
};

function showOutputs(model, panel) {
  const { a2 } = found[model.name];
  const best = largest(a2, 0, CLASSES);
  panel.outputs.forEach(({ button, fill, number, mark }, digit) => {
    style(fill, "transform", `scaleX(${a2[digit].toFixed(3)})`);
    say(number, shown(a2[digit], 3));
    say(mark, digit === best ? "◀" : "");
    button.classList.toggle("best", digit === best);
    pressed(button, "output", model, digit);
  });
}

function showUnits(model, panel) {
  const { a1, network } = found[model.name];
  const name = TEXT.models[model.name].name;
  if (panel.drawn !== state.epoch) paintBright(panel.bright, network);
  paintLit(panel, a1);
  panel.units.forEach(({ button, fill }, unit) => {
    const off = model.off.has(unit);
    style(fill, "transform", `scaleX(${a1[unit].toFixed(3)})`);
    button.classList.toggle("off", off);
    const text = off ? TEXT.see.unitOff : TEXT.see.unit;
    attribute(button, "aria-label", filled(text, { model: name, unit, value: shown(a1[unit], 2) }));
    pressed(button, "unit", model, unit);
  });
}

/** Paint the weights of all units, to be lit by their activations. */
function paintBright(canvas, network) {
  const most = largestOf(network.w1) * 0.6; // few weights are larger: they are drawn in plain white or black
  const one = make("canvas");
  for (let unit = 0; unit < HIDDEN; unit++) {
    paintSigned(one, network.w1.subarray(unit * PIXELS, (unit + 1) * PIXELS).map((w) => clipped(w, most)), SIDE, most);
    canvas.getContext("2d").drawImage(one, ...corner(unit));
  }
}

function paintLit({ pictures, bright }, a1) {
  const context = pictures.getContext("2d");
  context.clearRect(0, 0, pictures.width, pictures.height);
  a1.forEach((activation, unit) => {
    const place = [...corner(unit), SIDE, SIDE];
    context.globalAlpha = 0.25 + 0.75 * activation;
    context.drawImage(bright, ...place, ...place);
  });
}

const clipped = (weight, most) => Math.min(Math.max(weight, -most), most);

/** Return how many of the 200 digits are right; it depends on the epoch and on the units that are off only. */
export function rightText(model) {
  const panel = panels.get(model.name);
  const off = [...model.off].sort((a, b) => a - b).join(", ");
  const key = `${state.epoch} ${off}`;
  if (panel.rightKey === key) return panel.rightText;
  const { network } = found[model.name];
  const all = rightOf200(network, null);
  const right = model.off.size ? rightOf200(network, model.off) : all;
  const text = model.off.size ? TEXT.see.on200off : TEXT.see.on200;
  const values = { right, accuracy: percent(right / DIGITS.n), off: filled(TEXT.see.unitName, { unit: off }), all };
  return Object.assign(panel, { rightKey: key, rightText: filled(text, values) }).rightText;
}

function compute() {
  const x = scalePixels(state.image, true);
  found = Object.fromEntries(MODELS.map((model) => {
    const panel = panels.get(model.name);
    const network = panel.epoch === state.epoch ? panel.network : networkAt(model, state.epoch);
    panel.network = network;
    return [model.name, { network, x, ...forward(network, x, 1, { off: model.off }) }];
  }));
}

/** Return one sentence about the three answers. */
function answer() {
  if (state.message) return TEXT.say[state.message];
  const dark = state.image.reduce((sum, level) => sum + (level > 127), 0) / PIXELS;
  if (dark > DATA.mostInk) return TEXT.say.full;
  const guesses = MODELS.map(({ name }) => NAMES[largest(found[name].a2, 0, CLASSES)]);
  const truth = state.digit === null ? "" : filled(TEXT.say.truth, { label: NAMES[DIGITS.labels[state.digit]] });
  if (MODELS.some(({ name }) => isUnsure(found[name].a2)) && !MODELS.some(({ name }) => !isUnsure(found[name].a2))) {
    return filled(TEXT.say.unsure, { digit: guesses[0] }) + truth;
  }
  if (new Set(guesses).size === 1) return filled(TEXT.say.agree, { digit: guesses[0] }) + truth;
  const each = MODELS.map(({ name }, i) => `${MARKS[name]} ${TEXT.models[name].name} ${guesses[i]}`).join(", ");
  return filled(TEXT.say.differ, { guesses: each }) + truth;
}

function isUnsure(a2) {
  const [first, second] = [...a2].sort((a, b) => b - a);
  return first < CLEAR || first - second < AHEAD;
}

function showEpoch() {
  const [before, after] = keptAround(state.epoch);
  const kind = before !== after ? "atBetween" : { 0: "at0", [LAST]: "atLast" }[state.epoch] ?? "atKept";
  say(byId("epoch-note"), filled(TEXT.see[kind], { epoch: state.epoch, before, after }));
  byId("epoch").value = state.epoch;
  const curves = MODELS.map(({ name, curves: scores }) => ({
    name: TEXT.models[name].name, mark: MARKS[name], key: name,
    points: scores.val_accuracy.map((share, i) => [i + 1, share]),
  }));
  const ends = curves.map(({ name, points }) => `${name} ${percent(points.at(-1)[1], 2)}`).join(", ");
  const words = { x: TEXT.see.axisX, y: TEXT.see.axisY };
  drawChart(byId("curves"), curves, { last: LAST, now: state.epoch, words, label: filled(TEXT.see.curves, { ends }) });
}

function showFormulas() {
  const { a2 } = found[MODELS[0].name];
  say(byId("a2"), `${TEXT.models[MODELS[0].name].name}: (${[...a2].map((value) => shown(value, 2)).join(", ")})`);
  const label = state.digit === null ? null : DIGITS.labels[state.digit];
  const losses = MODELS.map(({ name }) => {
    const squares = [...found[name].a2].map((value, digit) => (value - (digit === label)) ** 2);
    return `${MARKS[name]} ${shown(squares.reduce((sum, square) => sum + square), 4)}`;
  }).join(", ");
  say(byId("loss"), label === null ? TEXT.see.noLoss : filled(TEXT.see.loss, { label: NAMES[label], losses }));
}

function showPanel(model, panel) {
  showOutputs(model, panel);
  showUnits(model, panel);
  say(panel.right, rightText(model));
  panel.drawn = state.epoch;
  panel.stale = false;
}

/** Show the panels out of sight as well: for readers that do not scroll. */
function showStale() {
  MODELS.forEach((model) => {
    const panel = panels.get(model.name);
    if (panel.stale) showPanel(model, panel);
  });
}

/** Panels out of sight wait until they are scrolled to, or the hand rests: that keeps drawing smooth. */
const seen = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
  const model = MODELS.find(({ name }) => name === target.dataset.model);
  const panel = panels.get(model.name);
  panel.visible = isIntersecting;
  if (isIntersecting && panel.stale) showPanel(model, panel);
}));

function show() {
  compute();
  let moved = false;
  for (const model of MODELS) {
    const panel = panels.get(model.name);
    moved ||= panel.epoch !== state.epoch;
    panel.stale = true;
    if (panel.visible || panel.drawn === null) showPanel(model, panel);
    panel.epoch = state.epoch;
  }
  clearTimeout(catchingUp);
  catchingUp = setTimeout(showStale, PAUSE);
  if (moved) showEpoch();
  showFormulas();
  say(byId("answer"), answer());
}

function listenToEpochs() {
  const [slider, button] = [byId("epoch"), byId("play")];
  let playing = 0;
  const stop = () => {
    clearInterval(playing);
    playing = 0;
    button.textContent = TEXT.see.play;
  };
  slider.max = LAST;
  slider.addEventListener("input", () => {
    stop();
    change({ epoch: Number(slider.value) }, "epoch");
  });
  button.addEventListener("click", () => {
    if (playing) return stop();
    if (state.epoch === LAST) change({ epoch: 0 }, "epoch");
    button.textContent = TEXT.see.pause;
    playing = setInterval(() => {
      change({ epoch: state.epoch + 1 }, "epoch");
      if (state.epoch >= LAST) stop();
    }, PLAY_EVERY);
  });
}

/** Put the section together; `after` runs behind each new result. */
export function startSeeing(after) {
  MODELS.forEach(addPanel);
  listenToEpochs();
  byId("details-back").addEventListener("click", () => byId("models").querySelector("[aria-pressed=true]").focus());
  listen(eachFrame(() => {
    show();
    after();
  }));
}

