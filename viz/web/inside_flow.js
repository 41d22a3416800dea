// Where things stand in the diagram of Look inside, from left to right, and the ribbons between them.
// A narrow screen gets the same columns closer together, and the answers below them.
const THICK = 16, TALL = 200;   // pixels of the drawing: a word's ribbons, the fused vector
const MOST = 140;               // ribbons drawn of one step, the widest first
const LEAVE = 400;              // milliseconds until a ribbon that is gone is taken away
const NARROW = 760, BROADEST = 520;
const WIDE_LAYOUT = {
  narrow: false, width: 1120, image: 236, highest: 210, middle: 440, mixed: 420, small: 120, chip: 118, after: 96, pad: 8,
  vector: 634, vectorTitle: 634, anchor: 'start', thin: 22, fused: 806, widest: 70, answers: 890, bar: 220,
  top: 22, titles: [14, 14], line: 21, chipHigh: 18, thick: 16, deep: 90,
};
let L = WIDE_LAYOUT;

function narrowLayout(room) {
  const width = Math.min(BROADEST, Math.max(330, room)), part = (share) => Math.round(share * width);
  return {
    narrow: true, width, image: part(.33), highest: 210, middle: part(.45), mixed: part(.43), small: part(.2), chip: part(.29),
    after: part(.22), pad: 5, vector: part(.76), vectorTitle: part(.76) + 7, anchor: 'middle', thin: 14, fused: width - 30,
    widest: 44, answers: 0, bar: width - 8, top: 38, titles: [12, 29], line: 27, chipHigh: 24, thick: 16, deep: 90,
  };
}
function measure() {
  const room = $('#inside-scroll').clientWidth - 20;
  L = room > 0 && room < NARROW ? narrowLayout(room) : WIDE_LAYOUT;
}
function places() {
  const [rows, columns] = view.grid, high = Math.min(L.highest, L.image / view.ratio);
  const wide = high * view.ratio, tokens = L.top + high + 34;
  const P = rows * columns, small = Math.min(1, L.small / wide);
  const low = Math.max(tokens, L.top + 10 + TALL / 2 + 40);
  const words = Math.max(tokens + view.tokens.length * L.line, L.top + (L.narrow ? TALL + 30 : 300), view.vectors ? low + tall('text') + 20 : 0);
  const answers = L.narrow ? words + 34 : L.top;
  const cell = (x, scale, i) => [
    x + scale * wide * (i % columns + .5) / columns,
    L.top + scale * high * (Math.floor(i / columns) + .5) / rows];
  return {
    rows, columns, high, wide, tokens, P, small, answers,
    end: (L.narrow ? answers + 44 * view.answers.length : words) + 8,
    region: (i) => cell(0, 1, i),
    mixed: (i) => cell(L.mixed, small, i),
    token: (i) => tokens + i * L.line + L.line / 2,
    image: [L.vector, L.top + 10], text: [L.vector, low],
  };
}
function openStep() { return view.steps[view.open.step]; }
// The step that the middle of the diagram shows: the open one, or the last of its kind.
function middleStep() {
  const step = openStep();
  return ['tokens', 'regions', 'joined'].includes(step.into) ? step : null;
}

// ------------------------------------------------------------------ ribbons

// One step's ribbons; at their target they stand below each other, as wide as their weights.
function ribbons() {
  const at = places(), found = [], step = middleStep();
  if (step) {
    const { shape: [queries, keys], data } = unpack(view.open.matrix);
    for (let i = 0; i < queries; i++) {
      for (let j = 0; j < keys; j++) {
        const weight = data[i * keys + j];
        if (weight > 0) found.push({ step: 'middle', from: key(step.over, j), to: key(step.into, i, true), weight });
      }
    }
  }
  const drawn = widest(found);
  if (view.vectors) {
    for (const [side, kind] of [['image', 'region'], ['text', 'token']]) {
      const { weights, weight } = view.vectors[side], { data } = unpack(weights);
      const list = [...data].map((part, index) => ({ step: side, from: { kind, index }, to: { kind: side }, weight: part, of: weight }));
      drawn.push(...widest(list.filter((ribbon) => ribbon.weight > 0), 60));
    }
  }
  return stacked(drawn, at);
}
function key(sequence, index, after) {
  const P = view.grid[0] * view.grid[1];
  const region = sequence === 'regions' || (sequence === 'joined' && index < P);
  const number = sequence === 'joined' && !region ? index - P : index;
  return { kind: region ? 'region' : 'token', index: number, after: Boolean(after) };
}
function widest(list, most = MOST) { return [...list].sort((a, b) => b.weight - a.weight).slice(0, most); }
function same(one, other) { return one.kind === other.kind && one.index === other.index; }
function start(from, step, at) {
  if (from.kind === 'region') return at.region(from.index);
  return [step === 'text' && middleStep() ? L.middle + L.after : L.chip, at.token(from.index)];
}
function target(to, at) {
  if (to.kind === 'image' || to.kind === 'text') return [...at[to.kind], tall(to.kind)];
  if (to.kind === 'region') { const [x, y] = at.mixed(to.index); return [x, y - 2, 4]; }
  return [L.middle, at.token(to.index) - THICK / 2, THICK];
}
function tall(side) { return view.vectors[side].weight > 0 ? L.deep : 14; }
function stacked(list, at) {
  const filled = new Map();
  list.sort((a, b) => start(a.from, a.step, at)[1] - start(b.from, b.step, at)[1]);
  return list.map((ribbon) => {
    const [x, y, high] = target(ribbon.to, at), name = `${ribbon.to.kind}${ribbon.to.index}`;
    const before = filled.get(name) || 0, width = ribbon.weight * high;
    filled.set(name, before + width);
    const [x0, y0] = start(ribbon.from, ribbon.step, at), y1 = y + before + width / 2, half = (x0 + x) / 2;
    const id = [ribbon.step, ribbon.from.kind, ribbon.from.index, name].join('-');
    return { ...ribbon, id, width, d: `M${x0},${y0}C${half},${y0} ${half},${y1} ${x},${y1}` };
  });
}
// Ribbons that stay keep their element, so that width and course can move to what they are now;
// those that go become thin first.
function drawRibbons() {
  flows = ribbons();
  const group = svg.querySelector('.ribbons'), there = new Map([...group.querySelectorAll('.ribbon')].map((p) => [p.dataset.id, p]));
  for (const flow of flows) {
    let path = there.get(flow.id);
    there.delete(flow.id);
    if (!path) {
      path = draw('path', { class: `ribbon ${flow.from.kind}`, 'stroke-width': 0, d: flow.d }, group);
      path.dataset.id = flow.id;
    }
    path.flow = flow;
    path.setAttribute('d', flow.d);
    path.style.strokeWidth = path.getAttribute('stroke-width') + 'px';
    requestAnimationFrame(() => { path.style.strokeWidth = Math.max(.4, flow.width) + 'px'; });
    path.setAttribute('stroke-width', Math.max(.4, flow.width));
  }
  for (const path of there.values()) {
    path.classList.remove('ribbon');
    path.classList.add('leaving');
    path.removeAttribute('data-id');
    path.style.strokeWidth = '0px';
    setTimeout(() => path.remove(), LEAVE);
  }
}
