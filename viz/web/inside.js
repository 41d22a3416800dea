// The way of a question through the model as one diagram: ribbons are as wide as attention weights.
// `props.value` is what `inside_view.view` made. What is open below it is in inside_open.js.
const $ = (selector) => element.querySelector(selector);
const W = props.words, SVG = 'http://www.w3.org/2000/svg';
const svg = $('#inside-diagram');
const WIDTH = 1120, IMAGE = 236, MIDDLE = 440, VECTOR = 634, FUSED = 806, ANSWERS = 890;
const TOP = 22, LINE = 21, THICK = 16, TALL = 200;   // pixels of the drawing
const MOST = 140;        // ribbons drawn of one step, the widest first
let view = null;         // the newest result
let flows = [];          // [{from, to, weight, width, kind}] of what is drawn
let spot = null;         // what is followed: {kind: 'region' | 'token', index}
let cursor = 0;          // region that arrow keys are on
let waiting = null, busy = false, sequence = 0;
let asked = { temperature: 1 };   // what was opened last, as it is sent

// ------------------------------------------------------------------ small things

function node(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
function draw(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (parent) parent.append(made);
  return made;
}
function label(parent, x, y, text, className = '', anchor = 'start') {
  const made = draw('text', { x, y, class: className, 'text-anchor': anchor }, parent);
  made.textContent = text;
  return made;
}
function fill(text, values) { return text.replace(/{(\w+)}/g, (_, name) => values[name]); }
function percent(share) {
  if (share > 0 && share < 0.005) return '<1\u00a0%';
  return (share >= 0.995 && share < 0.99995 ? '>99' : Math.round(share * 100)) + '\u00a0%';
}
function regionName(index) {
  const columns = view.grid[1];
  return fill(W.region, { row: Math.floor(index / columns) + 1, column: index % columns + 1 });
}
function keyName(over, index) {
  const P = view.grid[0] * view.grid[1];
  if (over === 'modalities') return index ? W.text : W.image;
  if (over === 'regions' || (over === 'joined' && index < P)) return regionName(index);
  return view.tokens[over === 'joined' ? index - P : index].text;
}
function queryName(step, index, count) {
  if (['tokens', 'regions', 'joined'].includes(step.into)) return keyName(step.into, index);
  if (step.over === 'modalities') return count > 1 ? keyName('modalities', index) : W.bothVectors;
  return step.over === 'joined' ? W.joint : W.summary;
}
// Numbers as a strip of colours, blue below 0 and red above, as a picture one value wide each.
function signed(values, most) {
  return values.map((value) => {
    const part = Math.min(1, Math.abs(value) / most), [r, g, b] = value < 0 ? [37, 99, 201] : [201, 52, 40];
    return [255 + (r - 255) * part, 255 + (g - 255) * part, 255 + (b - 255) * part].map(Math.round);
  });
}
function largest(values) { return values.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-9); }
function strip(values, upright) {
  const canvas = document.createElement('canvas'), context = canvas.getContext('2d');
  canvas.width = upright ? 1 : values.length; canvas.height = upright ? values.length : 1;
  signed([...values], largest(values)).forEach(([r, g, b], i) => {
    context.fillStyle = `rgb(${r},${g},${b})`;
    context.fillRect(upright ? 0 : i, upright ? i : 0, 1, 1);
  });
  return canvas.toDataURL();
}

// ------------------------------------------------------------------ where things stand

function places() {
  const [rows, columns] = view.grid, high = Math.min(210, IMAGE / view.ratio);
  const wide = high * view.ratio, tokens = TOP + high + 34;
  const P = rows * columns, small = Math.min(1, 120 / wide);
  const end = Math.max(tokens + view.tokens.length * LINE, TOP + 300) + 8;
  const cell = (x, scale, i) => [
    x + scale * wide * (i % columns + .5) / columns,
    TOP + scale * high * (Math.floor(i / columns) + .5) / rows];
  return {
    rows, columns, high, wide, tokens, P, end, small,
    region: (i) => cell(0, 1, i),
    mixed: (i) => cell(MIDDLE - 20, small, i),
    token: (i) => tokens + i * LINE + LINE / 2,
    image: [VECTOR, TOP + 10], text: [VECTOR, Math.max(tokens, TOP + 10 + TALL / 2 + 40)],
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
  return [step === 'text' && middleStep() ? MIDDLE + 96 : 118, at.token(from.index)];
}
function target(to, at) {
  if (to.kind === 'image' || to.kind === 'text') return [...at[to.kind], tall(to.kind)];
  if (to.kind === 'region') { const [x, y] = at.mixed(to.index); return [x, y - 2, 4]; }
  return [MIDDLE, at.token(to.index) - THICK / 2, THICK];
}
function tall(side) { return view.vectors[side].weight > 0 ? 90 : 14; }
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
// Ribbons that stay keep their element, so that their width can move to its new value.
function drawRibbons() {
  flows = ribbons();
  const group = svg.querySelector('.ribbons'), there = new Map([...group.children].map((p) => [p.dataset.id, p]));
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
  for (const path of there.values()) path.remove();
}

// ------------------------------------------------------------------ the diagram

function drawDiagram() {
  const at = places(), focused = svg.contains(document.activeElement) && document.activeElement.dataset.at;
  const ribbonGroup = svg.querySelector('.ribbons') || draw('g', { class: 'ribbons', 'aria-hidden': true });
  svg.setAttribute('viewBox', `-4 0 ${WIDTH} ${at.end}`);
  svg.setAttribute('aria-label', W.diagram);
  svg.replaceChildren();
  drawPicture(at);
  svg.append(ribbonGroup);
  drawTokens(at);
  if (middleStep()) drawMiddle(at);
  drawVectors(at);
  drawFused(at);
  drawAnswers();
  drawRibbons();
  if (focused) svg.querySelector(`[data-at="${focused}"]`)?.focus();
  follow(null);
}
function drawPicture(at) {
  const { rows, columns, wide, high } = at, group = draw('g', { class: 'picture' }, svg);
  label(group, 0, 14, fill(W.picture, { rows, columns }), 'title');
  if (view.shown.image) {
    draw('image', { href: view.picture, x: 0, y: TOP, width: wide, height: high, preserveAspectRatio: 'none' }, group);
    view.regions.forEach((there, i) => {
      const [x, y] = at.region(i), [w, h] = [wide / columns, high / rows];
      if (!there) draw('rect', { x: x - w / 2, y: y - h / 2, width: w, height: h, class: 'gone' }, group);
    });
  } else {
    draw('rect', { x: 0, y: TOP, width: wide, height: high, class: 'gone' }, group);
    label(group, wide / 2, TOP + high / 2, W.hidden, 'note', 'middle');
  }
  let lines = '';
  for (let i = 0; i <= rows; i++) lines += `M0,${TOP + high * i / rows}h${wide}`;
  for (let i = 0; i <= columns; i++) lines += `M${wide * i / columns},${TOP}v${high}`;
  draw('path', { d: lines, class: 'grid' }, group);
  draw('rect', { class: 'cursor', width: wide / columns, height: high / rows, visibility: 'hidden' }, group);
  const cover = draw('rect', { x: 0, y: TOP, width: wide, height: high, class: 'cover', tabindex: 0, role: 'button', 'data-at': 'regions' }, svg);
  cover.setAttribute('aria-label', W.pictureHelp);
}
function drawTokens(at) {
  label(svg, 0, at.tokens - 10, W.question, 'title');
  view.tokens.forEach((token, i) => {
    const group = draw('g', { class: 'token', tabindex: 0, role: 'button', 'data-at': `token${i}`, 'data-token': i }, svg);
    if (!token.present) group.classList.add('off');
    draw('rect', { x: 0, y: at.token(i) - 9, width: 118, height: 18, rx: 4 }, group);
    label(group, 8, at.token(i) + 5, token.text);
    group.setAttribute('aria-label', token.text);
  });
}
function drawMiddle(at) {
  const step = middleStep(), group = draw('g', { class: 'middle' }, svg);
  if (step.into !== 'tokens') {
    label(group, MIDDLE - 20, 14, W.roundRegions, 'title');
    draw('image', { href: view.picture, x: MIDDLE - 20, y: TOP, width: at.small * at.wide, height: at.small * at.high, preserveAspectRatio: 'none', opacity: .55 }, group);
  }
  if (step.into === 'regions') return;
  label(group, MIDDLE, at.tokens - 10, fill(W.round, { round: step.round }), 'title');
  view.tokens.forEach((token, i) => {
    const one = draw('g', { class: 'token after', 'data-token': i }, group);
    if (!token.present) one.classList.add('off');
    draw('rect', { x: MIDDLE, y: at.token(i) - 9, width: 96, height: 18, rx: 4 }, one);
    label(one, MIDDLE + 7, at.token(i) + 5, token.text);
  });
}
function drawVectors(at) {
  if (!view.vectors) return;
  label(svg, VECTOR, 14, W.vectors, 'title');
  for (const side of ['image', 'text']) {
    const { values, weight } = view.vectors[side], [x, y] = at[side], high = tall(side);
    const group = draw('g', { class: `vector ${side}` }, svg);
    draw('image', { href: strip(unpack(values).data, true), x, y, width: 22, height: high, preserveAspectRatio: 'none' }, group);
    draw('rect', { x, y, width: 22, height: high, class: 'edge' }, group);
    label(group, x, y + high + 15, `${W[side]} ${percent(weight)}`, 'strong');
    const wide = Math.max(.5, weight * 70), middle = y + high / 2, goal = 120 + 45 * (side === 'image' ? -1 : 1) * .5;
    const ribbon = draw('path', { class: `weight ${side}`, d: `M${x + 22},${middle}C${x + 90},${middle} ${FUSED - 70},${goal} ${FUSED},${goal}` }, group);
    ribbon.style.strokeWidth = wide + 'px';
  }
}
function drawFused(at) {
  const { data } = unpack(view.fused);
  label(svg, FUSED + 12, 14, fill(W.fused, { count: data.length }), 'title', 'middle');
  draw('image', { href: strip(data, true), x: FUSED, y: TOP, width: 24, height: TALL, preserveAspectRatio: 'none' }, svg);
  draw('rect', { x: FUSED, y: TOP, width: 24, height: TALL, class: 'edge' }, svg);
  if (!view.vectors) {
    draw('path', { class: 'weight plain', d: `M${at.wide},${TOP + 90}C${VECTOR},${TOP + 90} ${VECTOR},${TOP + 60} ${FUSED},${TOP + 60}` }, svg);
    draw('path', { class: 'weight plain', d: `M120,${at.tokens + 20}C${VECTOR},${at.tokens + 20} ${VECTOR},${TOP + 140} ${FUSED},${TOP + 140}` }, svg);
    label(svg, MIDDLE + 60, TOP + 60, W.noWeights, 'note');
  }
}
function drawAnswers() {
  label(svg, ANSWERS, 14, W.answers, 'title');
  view.answers.forEach((answer, i) => {
    const y = TOP + i * 44, group = draw('g', { class: 'answer' + (i ? '' : ' first') }, svg);
    const mark = answer.mark === 'right' ? ' ✓' : answer.mark === 'wrong' ? ' ✗' : '';
    label(group, ANSWERS, y + 13, answer.text + mark, answer.mark);
    label(group, WIDTH - 12, y + 13, percent(answer.share), 'number', 'end');
    draw('rect', { x: ANSWERS, y: y + 19, width: 220, height: 11, rx: 4, class: 'rail' }, group);
    const bar = draw('rect', { x: ANSWERS, y: y + 19, width: 220, height: 11, rx: 4, class: 'bar' }, group);
    bar.style.transform = `scaleX(${answer.share})`;
    if (view.temperature !== 1) {
      const tick = draw('rect', { x: ANSWERS + 220 * answer.served - 1, y: y + 16, width: 3, height: 17, class: 'served' }, group);
      draw('title', {}, tick).textContent = `${W.served}: ${percent(answer.served)}`;
    }
    draw('path', { class: 'weight plain', d: `M${FUSED + 24},${TOP + 20 + i * 40}C${FUSED + 54},${TOP + 20 + i * 40} ${ANSWERS - 28},${y + 24} ${ANSWERS - 6},${y + 24}` }, group)
      .style.strokeWidth = Math.max(.5, answer.share * 24) + 'px';
  });
}

// ------------------------------------------------------------------ following one thing

function touches(flow, at) { return same(flow.from, at) || Boolean(flow.to.after && same(flow.to, at)); }
function follow(at) {
  spot = at;
  svg.classList.toggle('following', Boolean(at));
  svg.dataset.side = !at || middleStep() ? '' : at.kind === 'region' ? 'image' : 'text';
  for (const path of svg.querySelectorAll('.ribbon')) path.classList.toggle('on', Boolean(at) && touches(path.flow, at));
  const linked = new Set(at ? flows.filter((f) => touches(f, at)).flatMap((f) => [f.from, f.to]).map((e) => `${e.kind}${e.index}`) : []);
  for (const token of svg.querySelectorAll('g.token')) {
    token.classList.toggle('on', Boolean(at) && linked.has(`token${token.dataset.token}`));
  }
  const mark = svg.querySelector('.cursor');
  if (!mark) return;   // the diagram is being drawn again
  const [rows, columns] = view.grid, { wide, high } = places();
  mark.setAttribute('visibility', at && at.kind === 'region' ? 'visible' : 'hidden');
  if (at && at.kind === 'region') {
    mark.setAttribute('x', wide * (at.index % columns) / columns);
    mark.setAttribute('y', TOP + high * Math.floor(at.index / columns) / rows);
  }
  $('.readout').textContent = at ? told(at) : W.hint;
}
// What a region or a word gives and takes, from the weights themselves, drawn or not.
function told(at) {
  const parts = [], step = middleStep(), side = at.kind === 'region' ? 'image' : 'text';
  const name = at.kind === 'region' ? regionName(at.index) : view.tokens[at.index].text;
  if (view.vectors) {
    parts.push(fill(W.toVector, { share: percent(unpack(view.vectors[side].weights).data[at.index]), vector: W[side] }));
  }
  if (step) parts.push(...middleTold(step, at));
  return fill(W.looking, { name, parts: parts.join('; ') || W.nothing });
}
function middleTold(step, at) {
  const { shape: [queries, keys], data } = unpack(view.open.matrix), given = [], taken = [];
  for (let i = 0; i < queries; i++) {
    for (let j = 0; j < keys; j++) {
      const weight = data[i * keys + j];
      if (same(key(step.over, j), at)) given.push([weight, queryName(step, i, queries)]);
      if (same(key(step.into, i), at)) taken.push([weight, keyName(step.over, j)]);
    }
  }
  const top = (list) => list.sort((a, b) => b[0] - a[0]).slice(0, 2);
  const told = top(given).map(([w, query]) => fill(W.toQuery, { share: percent(w), query }));
  const parts = top(taken).map(([w, from]) => fill(W.fromKey, { share: percent(w), key: from })).join(', ');
  return parts ? [...told, fill(W.takes, { parts })] : told;
}

// ------------------------------------------------------------------ asking the server

// One question is under way at a time; of those that wait, only the newest is sent.
function send(kind, data) {
  if (busy) { waiting = [kind, data]; return; }
  busy = true;
  trigger(kind, { ...data, sequence: ++sequence });
  clearTimeout(send.timer);
  send.timer = setTimeout(settle, 6000);   // an error gives no new value
}
function settle() {
  busy = false;
  if (waiting) { const [kind, data] = waiting; waiting = null; send(kind, data); }
}
function open(change) {
  asked = { ...asked, ...change };
  send('follow', asked);
}
function hide(change) {
  const { image, question, dropped, erased } = view.shown;
  send('change_inside', { image, question, dropped, erased, ...change, step: asked.step, head: asked.head, temperature: asked.temperature });
}
