// What runs beside the page: the two trainings and the proof of the same bits. It begins with the engine's code.
import { FreeTraining, provesBits } from "../engine/training.mjs";

let training = null;
let running = false;
let most = 0;

/** Train an epoch and report it; go on while running. Messages are read between two epochs. */
function advance() {
  const scores = training.step();
  postMessage({ kind: "epoch", scores });
  running &&= scores.epoch < most && Number.isFinite(scores.held.loss);
  if (running) setTimeout(advance, 0);
}

self.onmessage = ({ data: message }) => {
  if (message.kind === "make") {
    training = new FreeTraining(message.data, message.settings);
    most = message.most;
    postMessage({ kind: "epoch", scores: training.scores() });
  } else if (message.kind === "prove") {
    const result = provesBits(message.data, message.proof, (step) => postMessage({ kind: "step", step }));
    postMessage({ kind: "proved", ...result });
  } else {
    const idle = !running;
    running = message.kind === "run";
    if (message.kind === "step" || (running && idle)) advance();
  }
};
