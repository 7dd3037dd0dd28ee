// Two trainings side by side, each in a worker, and the proof of the same bits in a third.
import { byId, filled, make, percent, say } from "./dom.mjs";
import { drawChart } from "./chart.mjs";
import { DATA, HIDDEN, trainingDigits } from "./models.mjs";
import { change } from "./state.mjs";
import { TEXT } from "./text.mjs";

const MOST = 50; // epochs
const HELD = 400; // images that only score
const BATCH = 100;
const RATES = [0.01, 0.03, 0.1, 0.3, 1, 3];
const CHOICES = {
  reduction: ["mean", "batch_mean"],
  lr: RATES,
  initial: ["uniform_fan_in", "normal", "xavier", "he"],
  activation: ["sigmoid", "tanh", "relu"],
};
const LANES = [
  { name: "A", mark: "■", key: "torch", reduction: "mean" },
  { name: "B", mark: "●", key: "custom", reduction: "batch_mean" },
].map((lane) => ({ ...lane, points: [], worker: null, inputs: {} }));

/** Start a worker from the page's own text: nothing is loaded. */
function startWorker(onMessage) {
  const code = `${byId("engine").textContent}\n${byId("worker").textContent}`;
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    const worker = new Worker(address);
    worker.onmessage = ({ data }) => onMessage(data);
    worker.onerror = () => say(byId("train-note"), TEXT.train.failed);
    return worker;
  } catch {
    say(byId("train-note"), TEXT.train.failed);
    return null;
  }
}

function choice(lane, key) {
  const select = make("select", { onchange: () => reset(lane) });
  const first = { reduction: lane.reduction, lr: DATA.lr }[key];
  for (const value of CHOICES[key]) {
    const option = make("option", { value }, TEXT.train[value] ?? String(value));
    option.selected = value === first;
    select.append(option);
  }
  lane.inputs[key] = select;
  return make("label", {}, TEXT.train[key], select);
}

function addLane(lane) {
  const hidden = make("input", { type: "number", min: 1, max: 200, value: HIDDEN, onchange: () => reset(lane) });
  lane.inputs.hidden = hidden;
  lane.score = make("p", { class: "score" });
  byId("lanes").append(make("fieldset", {},
    make("legend", {}, `${lane.mark} ${filled(TEXT.train.lane, lane)}`),
    ...Object.keys(CHOICES).map((key) => choice(lane, key)), make("label", {}, TEXT.train.hidden, hidden), lane.score));
}

function settingsOf({ inputs }) {
  const hidden = Number(inputs.hidden.value);
  if (!Number.isInteger(hidden) || hidden < 1 || hidden > 200) return null;
  return {
    reduction: inputs.reduction.value, lr: Number(inputs.lr.value), initial: inputs.initial.value,
    activation: inputs.activation.value, hidden, batch: BATCH, seed: 10,
  };
}

function drawLanes() {
  const curves = LANES.map(({ name, mark, key, points }) => ({ name, mark, key, points }));
  drawChart(byId("train-curves"), curves, {
    last: MOST, words: { x: TEXT.see.axisX, y: TEXT.train.axisY }, label: TEXT.train.curves,
  });
}

function onEpoch(lane, { epoch, held, train }) {
  if (!Number.isFinite(held.loss)) return say(byId("train-note"), filled(TEXT.train.diverged, { ...lane, epoch }));
  lane.points.push([epoch, held.accuracy]);
  say(lane.score, filled(TEXT.train.score, { ...lane, epoch, accuracy: percent(held.accuracy), loss: train.loss.toFixed(4) }));
  drawLanes();
}

/** Return whether a lane has a worker, after trying to give it one. */
function ready(lane) {
  if (lane.worker) return true;
  const settings = settingsOf(lane);
  if (!settings) {
    say(byId("train-note"), TEXT.train.wrong);
    return false;
  }
  lane.worker = startWorker(({ scores }) => onEpoch(lane, scores));
  const { images, labels } = trainingDigits();
  lane.worker?.postMessage({ kind: "make", data: { images, labels, held: HELD }, settings, most: MOST });
  return Boolean(lane.worker);
}

function reset(lane) {
  lane.worker?.terminate();
  lane.worker = null;
  lane.points = [];
  say(lane.score, filled(TEXT.train.ready, lane));
  say(byId("train-note"), "");
  drawLanes();
}

function tell(kind) {
  LANES.forEach((lane) => {
    if (kind === "stop" ? lane.worker : ready(lane)) lane.worker.postMessage({ kind });
  });
  if (kind !== "stop") change({}, "train");
}

function prove() {
  const { proof } = DATA;
  const [button, here, verdict] = [byId("prove"), byId("proof-here"), byId("proof-verdict")];
  button.disabled = true;
  const worker = startWorker((message) => {
    if (message.kind === "step") return say(here, filled(TEXT.bits.running, { step: message.step, steps: proof.steps.length }));
    const same = message.hash === proof.final && !message.parted;
    say(here, message.hash);
    say(verdict, same ? TEXT.bits.same : filled(TEXT.bits.parted, { step: message.parted }));
    button.disabled = false;
    worker.terminate();
    change({}, "proof");
  });
  const { images, labels } = trainingDigits();
  worker?.postMessage({ kind: "prove", data: { images, labels }, proof });
}

/** Put both sections together. */
export function startTraining() {
  LANES.forEach(addLane);
  LANES.forEach(reset);
  byId("train-start").addEventListener("click", () => tell("run"));
  byId("train-stop").addEventListener("click", () => tell("stop"));
  byId("train-step").addEventListener("click", () => tell("step"));
  byId("train-reset").addEventListener("click", () => LANES.forEach(reset));
  byId("prove").addEventListener("click", prove);
  document.querySelectorAll(".proof-final").forEach((place) => say(place, DATA.proof.final));
}
