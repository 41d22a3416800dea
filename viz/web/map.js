// Maps on the page's one colour scale, for every view that draws them. Uses `props.lut`, `props.top`,
// `props.veil` and `props.ticks`, which `viz.plots.scale` made.
const STRENGTH = 0.8;   // how opaque a map is where it is looked at most
const CELL = 12;        // pixels of a region, along each side; its rim is RIM wide
const RIM = 1;
const INSIDE = 0.25;    // the map is this much fainter inside the rim: the object keeps its colour
const lut = bytes(props.lut);

function bytes(text) { return Uint8Array.from(atob(text), (c) => c.charCodeAt(0)); }
function unpack(packed) {
  return packed && { shape: packed.shape, data: new Float32Array(bytes(packed.data).buffer) };
}
function rgb(times) {
  const i = 3 * Math.round(255 * Math.min(1, Math.max(0, times / props.top)));
  return [lut[i], lut[i + 1], lut[i + 2]];
}

// A map as a canvas of its own; with `rims` the object inside a region stays to be seen.
function drawnMap({ shape: [H, W], data }, rims) {
  const canvas = document.createElement('canvas'), context = canvas.getContext('2d');
  canvas.width = W * CELL; canvas.height = H * CELL;
  for (let i = 0; i < H * W; i++) {
    const times = data[i] * H * W, x = CELL * (i % W), y = CELL * Math.floor(i / W);
    context.fillStyle = `rgb(${rgb(times)})`;
    context.globalAlpha = STRENGTH * Math.min(1, times / props.veil);
    context.fillRect(x, y, CELL, CELL);
    if (!rims) continue;
    const inner = [x + RIM, y + RIM, CELL - 2 * RIM, CELL - 2 * RIM];
    context.clearRect(...inner);
    context.globalAlpha *= INSIDE;
    context.fillRect(...inner);
  }
  return canvas;
}

// The printed scale: a canvas of 256 by 1 and a list of ticks, from left to right.
function drawScale(canvas, list) {
  const context = canvas.getContext('2d');
  for (let x = 0; x < 256; x++) {
    context.fillStyle = `rgb(${rgb(props.top * x / 255)})`;
    context.fillRect(x, 0, 1, 1);
  }
  list.replaceChildren(...props.ticks.map((tick) => {
    const item = document.createElement('li');
    item.textContent = (tick === props.top ? '≥' : '') + tick + '×';
    item.style.left = 100 * tick / props.top + '%';
    return item;
  }));
}
