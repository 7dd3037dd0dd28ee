// From strokes to the 28 x 28 pixels of MNIST. As shrink in tools/predict.py, to the last bit:
// all sums are of whole numbers.

export const SIDE = 28;
export const BOX = 20; // MNIST's digits were scaled to fit 20 x 20
export const CENTRE = 14; // where MNIST's centres of mass are
export const CANVAS = 280;
export const BRUSH = 11; // radius in canvas pixels: a stroke of about two pixels, as in MNIST

/** Add a stroke, points [x, y] in canvas pixels, to the ink (side * side grey levels), with soft edges. */
export function addStroke(ink, points, side = CANVAS, radius = BRUSH, grey = 255) {
  points.forEach((point, i) => addSegment(ink, points[Math.max(i - 1, 0)], point, side, radius, grey));
  return ink;
}

function addSegment(ink, [x0, y0], [x1, y1], side, radius, grey) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const square = dx * dx + dy * dy;
  const clamp = (value, most) => Math.min(Math.max(value, 0), most);
  const left = clamp(Math.floor(Math.min(x0, x1) - radius - 1), side);
  const right = clamp(Math.ceil(Math.max(x0, x1) + radius + 1), side);
  const top = clamp(Math.floor(Math.min(y0, y1) - radius - 1), side);
  const bottom = clamp(Math.ceil(Math.max(y0, y1) + radius + 1), side);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const along = square ? clamp(((x + 0.5 - x0) * dx + (y + 0.5 - y0) * dy) / square, 1) : 0;
      const far = Math.hypot(x + 0.5 - x0 - along * dx, y + 0.5 - y0 - along * dy);
      const level = Math.round(255 * clamp(radius - far + 0.5, 1));
      const place = y * side + x;
      if (grey) ink[place] = Math.max(ink[place], level);
      else ink[place] = Math.min(ink[place], 255 - level);
    }
  }
}

/** Return {top, left, height, width} of what is not 0, or null. */
export function inkBox(pixels, width) {
  let [top, left, bottom, right] = [Infinity, Infinity, -1, -1];
  for (let i = 0; i < pixels.length; i++) {
    if (!pixels[i]) continue;
    const [y, x] = [Math.floor(i / width), i % width];
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
    left = Math.min(left, x);
    right = Math.max(right, x);
  }
  return bottom < 0 ? null : { top, left, height: bottom - top + 1, width: right - left + 1 };
}

/** Return the part of an image in a box. */
export function crop(pixels, width, box) {
  const part = new Uint8Array(box.height * box.width);
  for (let y = 0; y < box.height; y++) {
    const start = (box.top + y) * width + box.left;
    part.set(pixels.subarray(start, start + box.width), y * box.width);
  }
  return part;
}

/** Return how much of each target pixel each source pixel covers, in 1/source: [[source, share], ...] per target. */
function cover(source, target) {
  return Array.from({ length: target }, (_, t) => {
    const found = [];
    for (let s = Math.floor((t * source) / target); s * target < (t + 1) * source && s < source; s++) {
      const share = Math.min((t + 1) * source, (s + 1) * target) - Math.max(t * source, s * target);
      if (share > 0) found.push([s, share]);
    }
    return found;
  });
}

/** Return an image scaled to another size: each pixel is the mean of the area that it covers, rounded. */
export function resize(pixels, height, width, newHeight, newWidth) {
  const [rows, columns] = [cover(height, newHeight), cover(width, newWidth)];
  const scaled = new Uint8Array(newHeight * newWidth);
  rows.forEach((row, y) => columns.forEach((column, x) => {
    let sum = 0;
    for (const [sy, ny] of row) for (const [sx, nx] of column) sum += ny * nx * pixels[sy * width + sx];
    scaled[y * newWidth + x] = Math.floor((2 * sum + height * width) / (2 * height * width));
  }));
  return scaled;
}

/** Return where an image of `size` pixels with this centre of mass goes, so that it lies inside. */
function offset(moment, mass, size) {
  const wanted = Math.floor((2 * (CENTRE * mass - moment) + mass) / (2 * mass));
  return Math.min(Math.max(wanted, 0), SIDE - size);
}

/** Put a small image into 28 x 28 with its centre of mass in the middle. */
export function centre(pixels, height, width) {
  let [mass, momentY, momentX] = [0, 0, 0];
  pixels.forEach((level, i) => {
    mass += level;
    momentY += level * Math.floor(i / width);
    momentX += level * (i % width);
  });
  const whole = new Uint8Array(SIDE * SIDE);
  if (!mass) return whole;
  const [top, left] = [offset(momentY, mass, height), offset(momentX, mass, width)];
  for (let y = 0; y < height; y++) whole.set(pixels.subarray(y * width, (y + 1) * width), (top + y) * SIDE + left);
  return whole;
}

/** Return the shorter side if the longer one is scaled to BOX, at least 1. */
function scaledSide(side, longest) {
  return Math.max(1, Math.floor((2 * BOX * side + longest) / (2 * longest)));
}

/** Return each step from ink to MNIST's 28 x 28, or null for an empty image. */
export function shrink(ink, width) {
  const box = inkBox(ink, width);
  if (!box) return null;
  const longest = Math.max(box.height, box.width);
  const cropped = crop(ink, width, box);
  const [height, narrow] = [scaledSide(box.height, longest), scaledSide(box.width, longest)];
  const scaled = resize(cropped, box.height, box.width, height, narrow);
  return { box, cropped, height, width: narrow, scaled, image: centre(scaled, height, narrow) };
}

/** Return an image moved by whole pixels; what leaves it is lost. */
export function moved(image, dx, dy) {
  return image.map((_, i) => {
    const [y, x] = [Math.floor(i / SIDE) - dy, (i % SIDE) - dx];
    return y >= 0 && y < SIDE && x >= 0 && x < SIDE ? image[y * SIDE + x] : 0;
  });
}

/** Return an image turned clockwise by degrees about its middle, with linear interpolation. */
export function turned(image, degrees) {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const middle = (SIDE - 1) / 2;
  const at = (y, x) => (y >= 0 && y < SIDE && x >= 0 && x < SIDE ? image[y * SIDE + x] : 0);
  return image.map((_, i) => {
    const [dy, dx] = [Math.floor(i / SIDE) - middle, (i % SIDE) - middle];
    const [y, x] = [middle + c * dy - s * dx, middle + s * dy + c * dx];
    const [y0, x0] = [Math.floor(y), Math.floor(x)];
    const [fy, fx] = [y - y0, x - x0];
    const upper = at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx;
    const lower = at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx;
    return Math.round(upper * (1 - fy) + lower * fy);
  });
}

/** Return an image whose strokes are thicker: half of what the brightest neighbour has more. */
export function thicker(image) {
  return image.map((level, i) => {
    const [y, x] = [Math.floor(i / SIDE), i % SIDE];
    let most = level;
    for (const [ny, nx] of [[y - 1, x], [y + 1, x], [y, x - 1], [y, x + 1]]) {
      if (ny >= 0 && ny < SIDE && nx >= 0 && nx < SIDE) most = Math.max(most, image[ny * SIDE + nx]);
    }
    return Math.round((level + most) / 2);
  });
}

/** Return an image with grey noise from a RandomState. */
export function noisy(image, stream, std = 40) {
  return image.map((level) => Math.min(Math.max(Math.round(level + stream.normal(std)), 0), 255));
}
