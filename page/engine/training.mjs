// Trainings that a worker or Node runs: the free one of the page, and the proof of the same bits.
import { drawWeights, emptyNetwork, largest, forward, parameters, scalePixels, trainEpoch } from "./network.mjs";
import { RandomState } from "./random.mjs";
import { hashNumbers } from "./sha256.mjs";

/** Return {accuracy, loss} on scaled images; the loss is the squared error per output, as in all curves. */
export function score(network, x, labels, options) {
  const n = labels.length;
  const { a2 } = forward(network, x, n, options);
  let [right, loss] = [0, 0];
  labels.forEach((label, s) => {
    right += largest(a2, s * network.outputs, network.outputs) === label;
    for (let o = 0; o < network.outputs; o++) loss += (a2[s * network.outputs + o] - (o === label)) ** 2;
  });
  return { accuracy: right / n, loss: loss / (n * network.outputs) };
}

/** A training in plain float64: the last images are held out to score it. */
export class FreeTraining {
  constructor({ images, labels, held }, settings) {
    const pixels = images.length / labels.length;
    const x = scalePixels(images, false);
    const learns = labels.length - held;
    this.settings = { exact: false, ...settings };
    this.train = { x: x.subarray(0, learns * pixels), labels: labels.subarray(0, learns) };
    this.held = { x: x.subarray(learns * pixels), labels: labels.subarray(learns) };
    this.stream = new RandomState(10);
    this.network = emptyNetwork(pixels, settings.hidden, 10);
    drawWeights(this.network, settings.initial, new RandomState(settings.seed ?? 0), false);
    this.epoch = 0;
  }

  /** Return the scores after as many epochs as have been trained. */
  scores() {
    const { network, settings, train, held } = this;
    return {
      epoch: this.epoch,
      held: score(network, held.x, held.labels, settings),
      train: score(network, train.x, train.labels, settings),
    };
  }

  /** Train an epoch; return the scores after it. */
  step() {
    trainEpoch(this.network, this.train.x, this.train.labels, this.stream, this.settings.batch, this.settings);
    this.epoch += 1;
    return this.scores();
  }
}

/**
 * Train in exact arithmetic as tools/page/trainings.py did; compare the bits after each step with its own.
 * Calls `after(step)` behind each step. Returns {hash, parted}: parted is the first step that differs, or 0.
 */
export function provesBits({ images, labels }, proof, after = () => {}) {
  const { settings, epochs, steps } = proof;
  const network = emptyNetwork(images.length / labels.length, settings.hidden, 10);
  drawWeights(network, settings.initial, new RandomState(settings.initSeed), true, settings.initStd);
  const x = scalePixels(images, true);
  const stream = new RandomState(settings.shuffleSeed);
  let [step, parted, hash] = [0, 0, ""];
  for (let epoch = 0; epoch < epochs; epoch++) {
    trainEpoch(network, x, labels, stream, settings.batch, settings, () => {
      hash = hashNumbers(parameters(network));
      step += 1;
      if (!parted && !hash.startsWith(steps[step - 1])) parted = step;
      after(step);
    });
  }
  return { hash, parted };
}
