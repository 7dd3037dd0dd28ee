// The page's networks, read from its data, and their weights at any epoch.
import { between, readChanges, readDigits, readNetwork } from "../engine/codes.mjs";
import { drawWeights, emptyNetwork, predictions, scalePixels } from "../engine/network.mjs";
import { RandomState } from "../engine/random.mjs";
import { byId } from "./dom.mjs";

export const DATA = JSON.parse(byId("data").textContent);
export const PIXELS = DATA.shape.pixels;
export const HIDDEN = DATA.shape.hidden;
export const CLASSES = DATA.shape.classes;
export const NAMES = DATA.classes;
export const LAST = DATA.kept.at(-1);
export const DIGITS = readDigits(DATA.digits, PIXELS);
export const MARKS = { custom: "●", torch: "■", equal: "▲" };
const X_DIGITS = scalePixels(DIGITS.images, true);
const KEPT = [0, ...DATA.kept];

/** Read one network: its weights at each kept epoch. */
function readModel(data) {
  const stream = new RandomState(data.initSeed);
  const start = drawWeights(emptyNetwork(PIXELS, HIDDEN, CLASSES), data.initial, stream, true, data.initStd);
  const rounded = data.changes.map(({ numbers, scales }) => readChanges(DATA.shape, start, numbers, scales));
  return { ...data, kept: [start, ...rounded, readNetwork(DATA.shape, data.final, DATA.bits)], off: new Set() };
}

export const MODELS = DATA.models.map(readModel);

/** Return the kept epochs around one: [before, after], equal if it is kept itself. */
export function keptAround(epoch) {
  const next = KEPT.findIndex((kept) => kept >= epoch);
  return KEPT[next] === epoch ? [epoch, epoch] : [KEPT[next - 1], KEPT[next]];
}

/** Return a network at an epoch: kept, or on the straight line between its kept neighbours. */
export function networkAt(model, epoch) {
  const [before, after] = keptAround(epoch);
  const first = model.kept[KEPT.indexOf(before)];
  if (before === after) return first;
  return between(first, model.kept[KEPT.indexOf(after)], (epoch - before) / (after - before));
}

/** Return how many of the 200 digits a network gets right. */
export function rightOf200(network, off) {
  const found = predictions(network, X_DIGITS, DIGITS.n, { off });
  return found.reduce((sum, digit, i) => sum + (digit === DIGITS.labels[i]), 0);
}

/** Return the image of one of the 200 digits. */
export const digitImage = (place) => DIGITS.images.slice(place * PIXELS, (place + 1) * PIXELS);

/** Return for each of the 200 digits whether the two published models disagree. */
export function disagreements() {
  const [custom, torch] = MODELS.slice(0, 2).map((model) => predictions(model.kept.at(-1), X_DIGITS, DIGITS.n));
  return Array.from(custom, (digit, i) => digit !== torch[i]);
}

/** Return the page's images to train on. */
export const trainingDigits = () => readDigits(DATA.training, PIXELS);

