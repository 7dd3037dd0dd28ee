// A chart of shares over epochs: curves told apart by dashes and marks, not by colour alone.

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [260, 48, 24, 28, 40];
const [NARROWEST, WIDEST] = [300, 760];
const DASHES = ["", "7 4", "2 5"];
const SPACE = 17; // between the names of curves

function svg(tag, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.textContent = text;
  return element;
}

/** Return functions from epochs and shares to coordinates. */
function scales(width, last) {
  return {
    x: (epoch) => LEFT + ((width - LEFT - RIGHT) * epoch) / last,
    y: (share) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share,
  };
}

function axes(chart, { x, y }, last, words) {
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    chart.append(svg("line", { class: "grid", x1: x(0), x2: x(last), y1: y(share), y2: y(share) }));
    chart.append(svg("text", { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }, `${100 * share} %`));
  }
  for (let epoch = 0; epoch <= last; epoch += last / 5) {
    chart.append(svg("text", { x: x(epoch), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, String(epoch)));
  }
  chart.append(svg("text", { x: x(last / 2), y: HEIGHT - 6, "text-anchor": "middle" }, words.x));
  chart.append(svg("text", { x: LEFT, y: 14 }, words.y));
}

/** Write the names of curves below them, at the right, where all curves are high. */
function drawEnds(chart, curves, { y }, width) {
  const rows = curves.filter(({ points }) => points.length);
  rows.forEach(({ name, mark, key }, i) => {
    const height = y(0) - 8 - SPACE * (rows.length - 1 - i);
    const group = svg("g", { "data-model": key });
    const dash = DASHES[curves.findIndex((curve) => curve.key === key)];
    const line = { class: "curve", y1: height - 4, y2: height - 4, x1: width - RIGHT - 230, x2: width - RIGHT - 195 };
    group.append(svg("line", { ...line, "stroke-dasharray": dash }));
    chart.append(group, svg("text", { x: width - RIGHT - 188, y: height }, `${mark} ${name}`));
  });
}

/**
 * Draw curves, [{name, mark, key, points: [[epoch, share], ...]}], in place of what was there.
 * `now` is the epoch of the upright line, or null.
 */
export function drawChart(place, curves, { last, now = null, words, label }) {
  const width = Math.min(Math.max(place.clientWidth, NARROWEST), WIDEST); // so that letters are as large on a phone
  const scale = scales(width, last);
  const chart = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": label });
  axes(chart, scale, last, words);
  curves.forEach(({ name, mark, key, points }, i) => {
    const group = svg("g", { "data-model": key });
    const line = points.map(([epoch, share]) => `${scale.x(epoch).toFixed(1)},${scale.y(share).toFixed(1)}`).join(" ");
    group.append(svg("polyline", { class: "curve", points: line, "stroke-dasharray": DASHES[i] }));
    chart.append(group);
  });
  drawEnds(chart, curves, scale, width);
  if (now !== null) {
    chart.append(svg("line", { class: "now", x1: scale.x(now), x2: scale.x(now), y1: TOP, y2: HEIGHT - BOTTOM }));
  }
  place.replaceChildren(chart);
}

