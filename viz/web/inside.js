// The way of a question through the model as one diagram: ribbons are as wide as attention weights.
// `props.value` is what `inside_view.view` made. Where things stand is in inside_flow.js, what is
// hidden in inside_hide.js, and what is open below the diagram in inside_open.js.
const $ = (selector) => element.querySelector(selector);
const W = props.words, SVG = 'http://www.w3.org/2000/svg';
const svg = $('#inside-diagram');
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

// ------------------------------------------------------------------ the diagram

function drawDiagram() {
  measure();
  const at = places(), focused = svg.contains(document.activeElement) && document.activeElement.dataset.at;
  const ribbonGroup = svg.querySelector('.ribbons') || draw('g', { class: 'ribbons', 'aria-hidden': true });
  svg.setAttribute('viewBox', `-4 0 ${L.width} ${at.end}`);
  svg.setAttribute('aria-label', W.diagram);
  svg.classList.toggle('narrow', L.narrow);
  svg.replaceChildren();
  drawPicture(at);
  svg.append(ribbonGroup);
  drawTokens(at);
  if (middleStep()) drawMiddle(at);
  drawVectors(at);
  drawFused(at);
  drawAnswers(at);
  drawRibbons();
  if (focused) svg.querySelector(`[data-at="${focused}"]`)?.focus();
  follow(null);
}
// Begins at what it was in the last drawing, and moves to what it is now.
const last = new Map();
function moving(drawn, name, style, value, before = value) {
  drawn.style[style] = last.has(name) ? last.get(name) : before;
  last.set(name, value);
  requestAnimationFrame(() => requestAnimationFrame(() => { drawn.style[style] = value; }));
}
function drawPicture(at) {
  const { rows, columns, wide, high } = at, group = draw('g', { class: 'picture' }, svg);
  label(group, 0, L.titles[0], fill(W.picture, { rows, columns }), 'title');
  draw('image', { href: view.picture, x: 0, y: L.top, width: wide, height: high, preserveAspectRatio: 'none' }, group);
  const all = draw('rect', { x: 0, y: L.top, width: wide, height: high, class: 'gone' }, group);
  moving(all, 'picture', 'opacity', view.shown.image ? '0' : '1');
  if (view.shown.image) {
    view.regions.forEach((there, i) => {
      const [x, y] = at.region(i), [w, h] = [wide / columns, high / rows], name = `region${i}`;
      if (there && !last.has(name)) return;   // it was never hidden
      const one = draw('rect', { x: x - w / 2, y: y - h / 2, width: w, height: h, class: 'gone' }, group);
      moving(one, name, 'opacity', there ? '0' : '1', '0');
    });
  } else label(group, wide / 2, L.top + high / 2, W.hidden, 'note', 'middle');
  let lines = '';
  for (let i = 0; i <= rows; i++) lines += `M0,${L.top + high * i / rows}h${wide}`;
  for (let i = 0; i <= columns; i++) lines += `M${wide * i / columns},${L.top}v${high}`;
  draw('path', { d: lines, class: 'grid' }, group);
  draw('rect', { class: 'cursor', width: wide / columns, height: high / rows, visibility: 'hidden' }, group);
  const cover = draw('rect', { x: 0, y: L.top, width: wide, height: high, class: 'cover', tabindex: 0, role: 'button', 'data-at': 'regions' }, svg);
  cover.setAttribute('aria-label', W.pictureHelp);
  cover.setAttribute('aria-keyshortcuts', 'Delete');
}
function drawTokens(at) {
  label(svg, 0, at.tokens - 10, W.question, 'title');
  view.tokens.forEach((token, i) => {
    const group = draw('g', { class: 'token', tabindex: 0, role: 'button', 'data-at': `token${i}`, 'data-token': i }, svg);
    const off = tokenOff(i), y = at.token(i), x = L.chip - L.thick / 2 - 3;
    group.classList.toggle('off', !token.present);
    draw('rect', { x: 0, y: y - L.chipHigh / 2, width: L.chip, height: L.chipHigh, rx: 4 }, group);
    label(group, L.pad, y + 5, token.text);
    group.setAttribute('aria-label', fill(off ? W.wordOff : W.wordOn, { word: token.text }));
    group.setAttribute('aria-keyshortcuts', 'Delete');
    const cross = draw('g', { class: 'cross', 'aria-hidden': true }, group);
    draw('rect', { x: x - L.thick / 2 - 2, y: y - L.chipHigh / 2, width: L.thick + 7, height: L.chipHigh }, cross);
    draw('path', { d: off ? `M${x - 5},${y}h10M${x},${y - 5}v10` : `M${x - 4},${y - 4}l8,8m0,-8l-8,8` }, cross);
    draw('title', {}, cross).textContent = fill(off ? W.show : W.hide, { name: `“${token.text}”` });
  });
}
function drawMiddle(at) {
  const step = middleStep(), group = draw('g', { class: 'middle' }, svg);
  if (step.into !== 'tokens') {
    label(group, L.mixed, L.titles[1], W.roundRegions, 'title');
    draw('image', { href: view.picture, x: L.mixed, y: L.top, width: at.small * at.wide, height: at.small * at.high, preserveAspectRatio: 'none', opacity: .55 }, group);
  }
  if (step.into === 'regions') return;
  label(group, L.middle, at.tokens - 10, fill(W.round, { round: step.round }), 'title');
  view.tokens.forEach((token, i) => {
    const one = draw('g', { class: 'token after', 'data-token': i }, group);
    if (!token.present) one.classList.add('off');
    draw('rect', { x: L.middle, y: at.token(i) - L.chipHigh / 2, width: L.after, height: L.chipHigh, rx: 4 }, one);
    label(one, L.middle + L.pad, at.token(i) + 5, token.text);
  });
}
function drawVectors(at) {
  if (!view.vectors) return;
  label(svg, L.vectorTitle, L.titles[1], W.vectors, 'title', L.anchor);
  for (const side of ['image', 'text']) {
    const { values, weight } = view.vectors[side], [x, y] = at[side], high = tall(side);
    const group = draw('g', { class: `vector ${side}` }, svg);
    draw('image', { href: strip(unpack(values).data, true), x, y, width: L.thin, height: high, preserveAspectRatio: 'none' }, group);
    draw('rect', { x, y, width: L.thin, height: high, class: 'edge' }, group);
    label(group, L.anchor === 'start' ? x : x + L.thin / 2, y + high + 15, `${W[side]} ${percent(weight)}`, 'strong', L.anchor);
    const middle = y + high / 2, goal = L.top + TALL / 2 + 22 * (side === 'image' ? -1 : 1), bend = (L.fused - x - L.thin) / 2;
    const ribbon = draw('path', { class: `weight ${side}`, d: `M${x + L.thin},${middle}C${x + L.thin + bend},${middle} ${L.fused - bend},${goal} ${L.fused},${goal}` }, group);
    moving(ribbon, `weight ${side}`, 'strokeWidth', Math.max(.5, weight * L.widest) + 'px');
  }
}
function drawFused(at) {
  const { data } = unpack(view.fused);
  label(svg, L.narrow ? L.width - 4 : L.fused + 12, L.titles[0], fill(W.fused, { count: data.length }), 'title', L.narrow ? 'end' : 'middle');
  draw('image', { href: strip(data, true), x: L.fused, y: L.top, width: L.thin + 2, height: TALL, preserveAspectRatio: 'none' }, svg);
  draw('rect', { x: L.fused, y: L.top, width: L.thin + 2, height: TALL, class: 'edge' }, svg);
  if (view.vectors) return;
  for (const [x, y, goal] of [[at.wide, L.top + 90, L.top + 60], [L.chip, at.tokens + 20, L.top + 140]]) {
    draw('path', { class: 'weight plain', d: `M${x},${y}C${L.vector},${y} ${L.vector},${goal} ${L.fused},${goal}` }, svg);
  }
  label(svg, L.narrow ? L.middle : L.middle + 60, L.top + 60, W.noWeights, 'note');
}
function drawAnswers(at) {
  label(svg, L.answers, at.answers - 8, W.answers, 'title');
  view.answers.forEach((answer, i) => {
    const y = at.answers + i * 44, group = draw('g', { class: 'answer' + (i ? '' : ' first') }, svg);
    const mark = answer.mark === 'right' ? ' ✓' : answer.mark === 'wrong' ? ' ✗' : '';
    label(group, L.answers, y + 13, answer.text + mark, answer.mark);
    label(group, L.answers + L.bar, y + 13, percent(answer.share), 'number', 'end');
    draw('rect', { x: L.answers, y: y + 19, width: L.bar, height: 11, rx: 4, class: 'rail' }, group);
    const bar = draw('rect', { x: L.answers, y: y + 19, width: L.bar, height: 11, rx: 4, class: 'bar' }, group);
    moving(bar, `answer ${answer.text}`, 'transform', `scaleX(${answer.share})`);
    if (view.temperature !== 1) {
      const tick = draw('rect', { x: L.answers + L.bar * answer.served - 1, y: y + 16, width: 3, height: 17, class: 'served' }, group);
      draw('title', {}, tick).textContent = `${W.served}: ${percent(answer.served)}`;
    }
    const wide = Math.max(.5, answer.share * 24) + 'px', from = L.fused + L.thin + 2;
    if (L.narrow && i) return;
    const path = L.narrow
      ? `M${L.fused + L.thin / 2},${L.top + TALL}C${L.fused + L.thin / 2},${at.answers - 20} ${L.answers + L.bar - 30},${L.top + TALL} ${L.answers + L.bar - 30},${at.answers - 4}`
      : `M${from},${L.top + 20 + i * 40}C${from + 30},${L.top + 20 + i * 40} ${L.answers - 28},${y + 24} ${L.answers - 6},${y + 24}`;
    moving(draw('path', { class: 'weight plain', d: path }, group), `to ${answer.text}`, 'strokeWidth', wide);
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
    mark.setAttribute('y', L.top + high * Math.floor(at.index / columns) / rows);
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
