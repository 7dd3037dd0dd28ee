// How numbers lie in the page: base64 of whole numbers; images with their runs of zeros counted.
import { emptyNetwork, parameters } from "./network.mjs";

/** Return the bytes of a base64 text. */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Return the bytes in which a 0 stands before each count of zeros, 1 to 255. */
export function withoutRuns(packed, length) {
  const bytes = new Uint8Array(length);
  for (let i = 0, place = 0; i < packed.length; i++) {
    if (packed[i]) bytes[place++] = packed[i];
    else place += packed[++i];
  }
  return bytes;
}

/** Return bytes with their runs of zeros counted: the inverse of withoutRuns. */
export function withRuns(bytes) {
  const packed = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]) {
      packed.push(bytes[i]);
      continue;
    }
    const start = i;
    while (i + 1 < bytes.length && !bytes[i + 1] && i + 1 - start < 255) i++;
    packed.push(0, i + 1 - start);
  }
  return Uint8Array.from(packed);
}

/** Return {images, labels, n} of the page's data. */
export function readDigits(data, pixels) {
  const labels = fromBase64(data.labels);
  return { images: withoutRuns(fromBase64(data.images), labels.length * pixels), labels, n: labels.length };
}

/** Fill a new network's parameters, one behind the other, with what `number` returns for each place. */
function fill({ pixels, hidden, classes }, number) {
  const network = emptyNetwork(pixels, hidden, classes);
  let place = 0;
  for (const array of parameters(network)) {
    for (let i = 0; i < array.length; i++) array[i] = number(place++);
  }
  return network;
}

/** Return a network from little-endian int32 numerators of 2^-bits. */
export function readNetwork(shape, text, bits) {
  const view = new DataView(fromBase64(text).buffer);
  return fill(shape, (place) => view.getInt32(4 * place, true) / 2 ** bits);
}

/** Return a network whose parameters are those of `start` plus rounded changes, one scale for each array. */
export function readChanges(shape, start, text, scales) {
  const changes = new Int8Array(fromBase64(text).buffer);
  const from = parameters(start);
  const network = emptyNetwork(shape.pixels, shape.hidden, shape.classes);
  let place = 0;
  parameters(network).forEach((array, k) => {
    for (let i = 0; i < array.length; i++) array[i] = from[k][i] + changes[place++] * scales[k];
  });
  return network;
}

/** Return the network that lies between two, a share of the way from the first. */
export function between(first, second, share) {
  const network = emptyNetwork(first.inputs, first.hidden, first.outputs);
  const [from, to] = [parameters(first), parameters(second)];
  parameters(network).forEach((array, k) => {
    for (let i = 0; i < array.length; i++) array[i] = from[k][i] + share * (to[k][i] - from[k][i]);
  });
  return network;
}
