// Runs the page's network in Node: reads {task, ...} as JSON from stdin, writes the answer as JSON to stdout.
import { readFileSync } from "node:fs";
import { addStroke, shrink } from "../../page/engine/drawing.mjs";
import { fromBase64, readDigits, readNetwork, withRuns, withoutRuns } from "../../page/engine/codes.mjs";
import {
  drawWeights, emptyNetwork, forward, parameters, predictions, scalePixels, trainStep,
} from "../../page/engine/network.mjs";
import { RandomState } from "../../page/engine/random.mjs";
import { hashNumbers } from "../../page/engine/sha256.mjs";
import { provesBits } from "../../page/engine/training.mjs";

const SHAPE = { pixels: 784, hidden: 50, classes: 10 };

function image(task) {
  return fromBase64(task.images);
}

function outputs(task) {
  const network = readNetwork(SHAPE, task.weights, 24);
  const images = image(task);
  const n = images.length / SHAPE.pixels;
  const x = scalePixels(images, true);
  return { outputs: Array.from(forward(network, x, n).a2.subarray(0, 10000)), digits: Array.from(predictions(network, x, n)) };
}

function step(task) {
  const network = readNetwork(SHAPE, task.weights, 24);
  const images = image(task);
  const loss = trainStep(network, scalePixels(images, task.options.exact), Uint8Array.from(task.labels), task.options);
  return { loss, parameters: parameters(network).map((array) => Array.from(array)) };
}

function strokes(task) {
  return task.strokes.map((drawn) => {
    const ink = new Uint8Array(280 * 280);
    drawn.forEach((stroke) => addStroke(ink, stroke));
    return { ink: Buffer.from(ink).toString("base64"), image: Array.from(shrink(ink, 280)?.image ?? []) };
  });
}

function draws(task) {
  const network = emptyNetwork(784, 50, 10);
  const hash = hashNumbers(parameters(drawWeights(network, task.initial, new RandomState(task.seed), true)));
  return { hash, order: Array.from(new RandomState(task.seed).shuffle(Int32Array.from({ length: 2000 }, (_, i) => i))) };
}

function bits(task) {
  return provesBits(readDigits(task.training, SHAPE.pixels), task.proof);
}

function runs(task) {
  const bytes = Uint8Array.from(task.bytes);
  const packed = withRuns(bytes);
  return { packed: Array.from(packed), again: Array.from(withoutRuns(packed, bytes.length)) };
}

const task = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify({ outputs, step, strokes, draws, bits, runs }[task.task](task)));
