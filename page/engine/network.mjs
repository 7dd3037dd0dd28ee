// The network: one hidden layer, squared error, plain gradient descent. As src/mnist_mlp/network in Python.
//
// With `exact`, all operands are rounded to binary grids on which sums round nowhere (mnist_mlp/exact.py): then every
// order of a sum gives the same number, and this file has to end in the bits of NumPy and PyTorch.
//
// A network is {inputs, hidden, outputs, w1, b1, w2, b2}: Float64Arrays, the weights row by row (out, in).

export const GRIDS = { pixels: 14, weights: 24, signals: 16, outputs: 20, gradients: 23 };

/** Return c, for which (x + c) - c is x rounded to a multiple of 2^-bits. */
export function shift(bits) {
  return 1.5 * 2 ** (52 - bits);
}

/** Round an array to multiples of 2^-bits, in place. */
export function toGrid(numbers, bits) {
  const c = shift(bits);
  for (let i = 0; i < numbers.length; i++) numbers[i] = numbers[i] + c - c;
  return numbers;
}

/** Return a network of zeros. */
export function emptyNetwork(inputs, hidden, outputs) {
  return {
    inputs, hidden, outputs,
    w1: new Float64Array(hidden * inputs), b1: new Float64Array(hidden),
    w2: new Float64Array(outputs * hidden), b2: new Float64Array(outputs),
  };
}

/** Return the four arrays of parameters, from the image to the outputs. */
export function parameters(network) {
  return [network.w1, network.b1, network.w2, network.b2];
}

/** Return a copy that shares nothing. */
export function copyNetwork(network) {
  const { w1, b1, w2, b2 } = network;
  return { ...network, w1: w1.slice(), b1: b1.slice(), w2: w2.slice(), b2: b2.slice() };
}

/** Return grey levels 0 ... 255 as numbers -1 ... 1, on their grid if exact. */
export function scalePixels(pixels, exact) {
  const scaled = new Float64Array(pixels.length);
  const c = shift(GRIDS.pixels);
  for (let i = 0; i < pixels.length; i++) {
    const product = pixels[i] * (2 / 255);
    scaled[i] = exact ? product + (c - 1) - c : product - 1;
  }
  return scaled;
}

/** How a layer's weights and biases start: a width for the kind of draw. */
const INITIAL = {
  normal: (_inputs, _outputs, std) => ({ std }),
  he: (inputs) => ({ std: Math.sqrt(2 / inputs) }),
  xavier: (inputs, outputs) => ({ bound: Math.sqrt(6 / (inputs + outputs)) }),
  uniform_fan_in: (inputs) => ({ bound: 1 / Math.sqrt(inputs), biases: true }),
};

/** Draw initial weights from a RandomState, layer by layer, as training/initialization.py does. */
export function drawWeights(network, kind, stream, exact, std = 0.1) {
  const { inputs, hidden, outputs, w1, b1, w2, b2 } = network;
  for (const [weight, bias, into, out] of [[w1, b1, inputs, hidden], [w2, b2, hidden, outputs]]) {
    const width = INITIAL[kind](into, out, std);
    const draw = () => (width.std ? stream.normal(width.std) : stream.uniform(-width.bound, width.bound));
    for (let i = 0; i < weight.length; i++) weight[i] = draw();
    for (let i = 0; i < bias.length; i++) bias[i] = width.biases ? draw() : 0;
  }
  if (exact) parameters(network).forEach((array) => toGrid(array, GRIDS.weights));
  return network;
}

/** Activations and their derivatives, from the activation itself. */
const ACTIVATIONS = {
  sigmoid: { value: (z) => (Math.tanh(z * 0.5) + 1) * 0.5, back: (grad, a) => grad * a * (1 - a) },
  tanh: { value: Math.tanh, back: (grad, a) => grad * (1 - a * a) },
  relu: { value: (z) => Math.max(z, 0), back: (grad, a) => grad * (a > 0 ? 1 : 0) },
};

/** The logistic function. */
export const sigmoid = ACTIVATIONS.sigmoid.value;

/** Return x @ weight.T + bias for n rows. */
export function linear(x, n, weight, bias) {
  const out = bias.length;
  const into = weight.length / out;
  const sums = new Float64Array(n * out);
  for (let s = 0; s < n; s++) {
    for (let o = 0; o < out; o++) {
      let sum = 0;
      for (let i = 0, w = o * into, p = s * into; i < into; i++) sum += x[p + i] * weight[w + i];
      sums[s * out + o] = sum + bias[o];
    }
  }
  return sums;
}

function activate(sums, activation, exact, bits) {
  const unrounded = sums.map(ACTIVATIONS[activation].value);
  return { unrounded, values: exact ? toGrid(unrounded.slice(), bits) : unrounded };
}

/**
 * Send n scaled images forward.
 * `off` is a set of hidden units whose activation counts as 0.
 * Returns z1, a1 (n, hidden) and z2, a2 (n, outputs), and the unrounded activations for the way back.
 */
export function forward(network, x, n, { exact = true, activation = "sigmoid", off = null } = {}) {
  const z1 = linear(x, n, network.w1, network.b1);
  const first = activate(z1, activation, exact, GRIDS.signals);
  if (off) for (let i = 0; i < z1.length; i++) if (off.has(i % network.hidden)) first.values[i] = 0;
  const z2 = linear(first.values, n, network.w2, network.b2);
  const second = activate(z2, "sigmoid", exact, GRIDS.outputs);
  return { z1, a1: first.values, z2, a2: second.values, back1: first.unrounded, back2: second.unrounded };
}

/** Return the place of the largest of `count` numbers from `start` on. */
export function largest(numbers, start, count) {
  let best = 0;
  for (let i = 1; i < count; i++) if (numbers[start + i] > numbers[start + best]) best = i;
  return best;
}

/** Return the predicted digit of each of n images. */
export function predictions(network, x, n, options) {
  const { a2 } = forward(network, x, n, options);
  return Uint8Array.from({ length: n }, (_, s) => largest(a2, s * network.outputs, network.outputs));
}

/** Return the nearest number with 24 binary digits, as exact.short in Python: learning rates have no more. */
export const short = Math.fround;

function outputErrors(a2, labels, outputs) {
  const errors = a2.slice();
  labels.forEach((label, s) => { errors[s * outputs + label] -= 1; });
  return errors;
}

/** Return grad.T @ inputs (out, in) and the sums of grad over the rows (out). */
function layerGradients(grad, inputs, n, out) {
  const into = inputs.length / n;
  const weight = new Float64Array(out * into);
  const bias = new Float64Array(out);
  for (let s = 0; s < n; s++) {
    for (let o = 0; o < out; o++) {
      const g = grad[s * out + o];
      bias[o] += g;
      if (g !== 0) for (let i = 0, w = o * into, p = s * into; i < into; i++) weight[w + i] += g * inputs[p + i];
    }
  }
  return { weight, bias };
}

function backThrough(grad, weight, n, out, into) {
  const back = new Float64Array(n * into);
  for (let s = 0; s < n; s++) {
    for (let o = 0; o < out; o++) {
      const g = grad[s * out + o];
      for (let i = 0, w = o * into, p = s * into; i < into; i++) back[p + i] += g * weight[w + i];
    }
  }
  return back;
}

function descend(parameter, gradient, lr, exact) {
  const c = shift(GRIDS.weights);
  for (let i = 0; i < parameter.length; i++) {
    const next = parameter[i] - lr * gradient[i];
    parameter[i] = exact ? next + c - c : next;
  }
}

/**
 * Take one step on n scaled images with their labels; return the loss before it.
 * `reduction` is mean (over images and outputs) or batch_mean (summed over the outputs).
 */
export function trainStep(network, x, labels, { lr, reduction, activation = "sigmoid", exact = true }) {
  const { hidden, outputs } = network;
  const n = labels.length;
  const found = forward(network, x, n, { exact, activation });
  const m = reduction === "batch_mean" ? n : n * outputs;
  const bits = GRIDS.gradients + Math.floor(Math.log2(m));
  const errors = outputErrors(found.a2, labels, outputs);
  const loss = errors.reduce((sum, error) => sum + error * error, 0) / m;

  const grad2 = errors.map((error, i) => ACTIVATIONS.sigmoid.back((2 / m) * error, found.back2[i]));
  if (exact) toGrid(grad2, bits);
  const second = layerGradients(grad2, found.a1, n, outputs);
  const grad1 = backThrough(grad2, network.w2, n, outputs, hidden)
    .map((grad, i) => ACTIVATIONS[activation].back(grad, found.back1[i]));
  if (exact) toGrid(grad1, bits);
  const first = layerGradients(grad1, x, n, hidden);

  const rate = exact ? short(lr) : lr;
  [first.weight, first.bias, second.weight, second.bias].forEach((gradient, i) => {
    descend(parameters(network)[i], gradient, rate, exact);
  });
  return loss;
}

/** Return the rows of the scaled images x (n, inputs), in this order. */
export function takeRows(x, inputs, rows) {
  const taken = new Float64Array(rows.length * inputs);
  rows.forEach((row, i) => taken.set(x.subarray(row * inputs, (row + 1) * inputs), i * inputs));
  return taken;
}

/** Train an epoch in the order that the stream draws; call `after` behind each step. */
export function trainEpoch(network, x, labels, stream, batch, options, after = () => {}) {
  const order = stream.shuffle(Int32Array.from(labels, (_, i) => i));
  for (let start = 0; start < order.length; start += batch) {
    const rows = order.subarray(start, start + batch);
    after(trainStep(network, takeRows(x, network.inputs, rows), Uint8Array.from(rows, (row) => labels[row]), options));
  }
}
