// The picture with its map, and the question's words: drawn here, so that hovering needs no server.
// `props.value` is what `presenter.stage` made, `props.picture` what `presenter.picture` made.
const $ = (selector) => element.querySelector(selector);
const W = props.words, top_ = props.top;
const lut = bytes(props.lut);
const photo = $('.photo'), mapCanvas = $('.map'), erasedCanvas = $('.erased'), regions = $('#regions');
const chips = $('#chips'), readout = $('#readout'), cursor = $('.cursor'), numbers = $('#numbers');
const BRUSH = 2;      // brush cells per region, along each side
const CELL = 12;      // pixels of a region on the map, along each side; its rim is RIM wide
const RIM = 1;
const REACH = 3;      // a keypoint's circle is this many times the scale at which it was found
const SVG = 'http://www.w3.org/2000/svg';
const INSIDE = 0.25;  // the map is this much fainter inside the rim: the object keeps its colour
let view = null;      // the newest result
let shown = null;     // what the model may see, as the visitor sees it now
let sequence = 0;     // counts the visitor's changes, so that an old answer does not undo a new one
let erased = new Set(), erasing = false, stroke = null, map = null, cross = null, focus = null;
let token = null;     // the word whose map is on show

function bytes(text) { return Uint8Array.from(atob(text), (c) => c.charCodeAt(0)); }
function unpack(packed) {
  return packed && { shape: packed.shape, data: new Float32Array(bytes(packed.data).buffer) };
}
function fill(text, values) { return text.replace(/{(\w+)}/g, (_, name) => values[name]); }
function percent(share) {
  return share > 0 && share < 0.005 ? '<1\u00a0%' : Math.round(share * 100) + '\u00a0%';
}
function rgb(times) {
  const i = 3 * Math.round(255 * Math.min(1, Math.max(0, times / top_)));
  return [lut[i], lut[i + 1], lut[i + 2]];
}
function grid() { return view.grid || [12, 12]; }

// ------------------------------------------------------------------ drawing

function paint(weights) {
  const [H, W_] = grid(), context = mapCanvas.getContext('2d');
  mapCanvas.width = W_ * CELL; mapCanvas.height = H * CELL;
  if (!weights) return;
  const strength = $('#opacity').value / 100;
  for (let i = 0; i < H * W_; i++) {
    const times = weights[i] * H * W_, x = CELL * (i % W_), y = CELL * Math.floor(i / W_);
    context.fillStyle = `rgb(${rgb(times)})`;
    context.globalAlpha = strength * Math.min(1, times / props.veil);
    context.fillRect(x, y, CELL, RIM);
    context.fillRect(x, y + CELL - RIM, CELL, RIM);
    context.fillRect(x, y + RIM, RIM, CELL - 2 * RIM);
    context.fillRect(x + CELL - RIM, y + RIM, RIM, CELL - 2 * RIM);
    context.globalAlpha *= INSIDE;
    context.fillRect(x + RIM, y + RIM, CELL - 2 * RIM, CELL - 2 * RIM);
  }
}
function weightsOf(t) {
  const P = grid()[0] * grid()[1];
  return cross.data.subarray(t * P, (t + 1) * P);
}
function repaint() {
  const weights = token !== null && cross ? weightsOf(token) : map && map.data;
  paint($('#map-toggle').getAttribute('aria-pressed') === 'true' ? weights : null);
}
function paintErased() {
  const [H, W_] = grid().map((n) => n * BRUSH);
  erasedCanvas.width = W_; erasedCanvas.height = H;
  const context = erasedCanvas.getContext('2d');
  for (const cell of erased) {
    const y = Math.floor(cell / W_), x = cell % W_;
    context.fillStyle = (x + y) % 2 ? '#777' : '#999';
    context.fillRect(x, y, 1, 1);
  }
  $('#restore').hidden = !erased.size;
}
// Circles around the keypoints, each with a line towards its main gradient.
function drawKeypoints() {
  const svg = $('.keypoints'), toggle = $('#keypoints-toggle'), found = view.keypoints;
  const on = toggle.getAttribute('aria-pressed') === 'true';
  const height = 1000 * props.picture.height / props.picture.width;
  toggle.hidden = !found;
  svg.classList.toggle('off', !found || !on || !shown.image);
  svg.setAttribute('viewBox', `0 0 1000 ${height}`);
  svg.setAttribute('aria-label', found ? found.description : '');
  svg.replaceChildren(...(found ? found.circles : []).flatMap(([x, y, radius, angle]) => {
    const r = 1000 * REACH * radius, cx = 1000 * x, cy = height * y;
    return ['halo', 'line'].map((name) => {
      const path = document.createElementNS(SVG, 'path');
      path.setAttribute('class', name);
      path.setAttribute('d', `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`
        + `M${cx} ${cy}l${r * Math.cos(angle)} ${r * Math.sin(angle)}`);
      return path;
    });
  }));
}
function drawChips() {
  const on = document.activeElement && chips.contains(document.activeElement)
    ? document.activeElement.dataset.index : null;
  chips.replaceChildren(...view.tokens.map((piece, i) => {
    const chip = document.createElement('button'), word = document.createElement('span');
    const off = shown.dropped.includes(i), known = piece.weight !== null && !off;
    chip.type = 'button'; chip.className = 'chip'; chip.dataset.index = i;
    chip.classList.toggle('joined', piece.joined);
    chip.setAttribute('aria-pressed', String(!off));
    word.textContent = piece.text;
    chip.append(word);
    if (known) {
      const share = document.createElement('small'), times = piece.weight * view.tokens.length;
      const [r, g, b] = rgb(times);
      share.textContent = percent(piece.weight);
      chip.append(share);
      chip.style.background = `rgb(${r},${g},${b})`;
      chip.style.color = 0.299 * r + 0.587 * g + 0.114 * b > 130 ? '#000' : '#fff';
    }
    const share = known ? percent(piece.weight) : off ? W.off : W.on;
    const told = fill(W.chip, { word: piece.text, share });
    chip.setAttribute('aria-label', [told, piece.near].filter(Boolean).join(', '));
    return chip;
  }));
  chips.classList.toggle('hidden-side', !shown.question);
  if (on !== null && chips.children[on]) chips.children[on].focus();
}
function drawSwitches() {
  for (const side of ['image', 'question']) {
    const button = $('#switch-' + side);
    button.setAttribute('aria-checked', String(shown[side]));
    button.textContent = W[side] + ' ' + (shown[side] ? W.on : W.off);
  }
  const veil = $('.veil');
  veil.hidden = shown.image;
  veil.textContent = W.imageHidden;
}
// Sentences one after the other; a stop is set between them, and none is doubled.
function joined(parts) {
  return parts.map((part, i) => (i + 1 < parts.length ? part.replace(/[.。]$/, '') + W.stop : part)).join('');
}
function rest() {
  const noted = [view.inside, view.notes, view.keypoints?.description];
  readout.textContent = erasing ? W.eraseHint : joined(noted.filter(Boolean)) || W.hint;
}
function draw() {
  view = props.value;
  map = unpack(view.map); cross = unpack(view.cross); token = null;
  if (view.sequence >= sequence || view.sequence === 0) {
    shown = structuredClone(view.shown);
    sequence = view.sequence;
    erased = new Set(cellsOf(shown.erased));
  }
  regions.setAttribute('aria-label', view.description);
  for (const path of element.querySelectorAll('.outline path')) path.setAttribute('d', view.outline);
  $('.took').textContent = view.took;
  focus = null; cursor.hidden = true;
  drawChips(); drawSwitches(); drawKeypoints(); paintErased(); repaint(); rest();
  if (numbers.open) drawNumbers();
  Object.assign(element.dataset, { link: view.link, noLink: view.noLink });
  element.dataset.drawn = String(Number(element.dataset.drawn || 0) + 1);
}
function drawPicture() {
  const { uri, width, height, label } = props.picture;
  photo.src = uri;
  photo.alt = W.photo;
  $('.frame').style.setProperty('--ratio', width / height);
  $('.tools .label').textContent = label;
  if (erasing) setErasing(false);
  if (view) drawKeypoints();
}
function drawNumbers() {
  const sheet = numbers.querySelector('.sheet'), weights = map && map.data, [H, W_] = grid();
  if (!weights) { sheet.textContent = view.notes; return; }
  const table = document.createElement('table'), caption = table.createCaption();
  caption.textContent = view.description;
  const head = table.createTHead().insertRow();
  head.append(...[W.row, ...Array.from({ length: W_ }, (_, x) => x + 1)].map((text) => header(text, 'col')));
  const body = table.createTBody();
  for (let y = 0; y < H; y++) {
    const row = body.insertRow();
    row.append(header(y + 1, 'row'));
    for (let x = 0; x < W_; x++) row.insertCell().textContent = (weights[y * W_ + x] * H * W_).toFixed(1);
  }
  const tally = document.createElement('p');
  tally.className = 'tally'; tally.textContent = view.tally;
  sheet.replaceChildren(...(view.tally ? [tally] : []), table);
}
function header(text, scope) {
  const cell = document.createElement('th');
  cell.textContent = text; cell.scope = scope;
  return cell;
}

// ------------------------------------------------------------------ pointing

function pointAtToken(t) {
  token = t !== null && shown.dropped.includes(t) ? null : t;
  repaint();
  if (t === null) return rest();
  const piece = view.tokens[t], values = { word: piece.text, share: percent(piece.weight || 0) };
  const text = shown.dropped.includes(t) ? W.tokenOff : cross ? W.token
    : piece.weight === null ? W.tokenOnly : W.tokenPlain;
  const said = [piece.near, fill(text, values), cross ? '' : view.crossNote];
  readout.textContent = said.filter(Boolean).join(' · ');
}
function pointAtRegion(y, x) {
  const [H, W_] = grid(), i = y * W_ + x, P = H * W_;
  cursor.hidden = false;
  cursor.style.cssText = `left:${100 * x / W_}%;top:${100 * y / H}%;width:${100 / W_}%;height:${100 / H}%`;
  const weight = map && map.data[i];
  let text = map
    ? fill(W.region, { row: y + 1, column: x + 1, times: (weight * P).toFixed(1), share: percent(weight) })
    : fill(W.regionPlain, { row: y + 1, column: x + 1 });
  if (cross) {
    const looking = [];
    [...chips.children].forEach((chip, t) => {
      const times = cross.data[t * P + i] * P, looks = times >= 1.5;
      chip.classList.toggle('looks', looks);
      if (looks) looking.push(`${view.tokens[t].text} ${times.toFixed(1)}×`);
    });
    if (looking.length) text += ' · ' + fill(W.looks, { words: looking.join(', ') });
  }
  readout.textContent = text;
}
function leaveRegion() {
  cursor.hidden = true;
  for (const chip of chips.children) chip.classList.remove('looks');
  rest();
}
function regionAt(event) {
  const box = regions.getBoundingClientRect(), [H, W_] = grid();
  const y = Math.floor(H * (event.clientY - box.top) / box.height);
  const x = Math.floor(W_ * (event.clientX - box.left) / box.width);
  return [Math.min(H - 1, Math.max(0, y)), Math.min(W_ - 1, Math.max(0, x))];
}

// ------------------------------------------------------------------ hiding

function changed() {
  sequence += 1;
  drawChips(); drawSwitches(); drawKeypoints(); paintErased();
  trigger('hide', { ...shown, erased: boxes(), sequence });
}
function boxes() {
  const [H, W_] = grid().map((n) => n * BRUSH), found = [];
  for (let y = 0; y < H; y++) {
    for (let x = 0; x < W_; x++) {
      if (!erased.has(y * W_ + x)) continue;
      const start = x;
      while (x < W_ && erased.has(y * W_ + x)) x++;
      found.push([start / W_, y / H, x / W_, (y + 1) / H]);
    }
  }
  return found;
}
function cellsOf(erasedBoxes) {
  const [H, W_] = grid().map((n) => n * BRUSH), cells = [];
  for (const [left, up, right, down] of erasedBoxes) {
    for (let y = Math.round(up * H); y < Math.round(down * H); y++) {
      for (let x = Math.round(left * W_); x < Math.round(right * W_); x++) cells.push(y * W_ + x);
    }
  }
  return cells;
}
function eraseRegion(y, x, on) {
  const W_ = grid()[1] * BRUSH;
  for (let dy = 0; dy < BRUSH; dy++) {
    for (let dx = 0; dx < BRUSH; dx++) {
      const cell = (y * BRUSH + dy) * W_ + x * BRUSH + dx;
      if (on) erased.add(cell); else erased.delete(cell);
    }
  }
}
function brush(event) {
  const box = regions.getBoundingClientRect(), [H, W_] = grid().map((n) => n * BRUSH);
  const cx = W_ * (event.clientX - box.left) / box.width, cy = H * (event.clientY - box.top) / box.height;
  for (let y = Math.floor(cy - 1); y <= cy + 1; y++) {
    for (let x = Math.floor(cx - 1); x <= cx + 1; x++) {
      const near = (x + 0.5 - cx) ** 2 + (y + 0.5 - cy) ** 2 <= 1.7;
      if (near && x >= 0 && y >= 0 && x < W_ && y < H) erased.add(y * W_ + x);
    }
  }
  paintErased();
}
function setErasing(on) {
  erasing = on;
  $('#erase').setAttribute('aria-pressed', String(on));
  regions.classList.toggle('erasing', on);
  rest();
}

// ------------------------------------------------------------------ listening

element.addEventListener('click', (event) => {
  const chip = event.target.closest('.chip'), id = event.target.closest('button')?.id;
  if (chip) {
    const index = Number(chip.dataset.index), off = shown.dropped.includes(index);
    shown.dropped = off ? shown.dropped.filter((i) => i !== index) : [...shown.dropped, index];
    changed();
  } else if (id === 'switch-image' || id === 'switch-question') {
    const side = id.slice('switch-'.length);
    shown[side] = !shown[side];
    changed();
  } else if (id === 'map-toggle') {
    const button = $('#map-toggle');
    button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
    repaint();
  } else if (id === 'keypoints-toggle') {
    const button = $('#keypoints-toggle');
    button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
    drawKeypoints();
  } else if (id === 'erase') {
    setErasing(!erasing);
  } else if (id === 'restore') {
    erased.clear();
    changed();
  }
});
$('#opacity').addEventListener('input', repaint);
numbers.addEventListener('toggle', () => numbers.open && drawNumbers());
numbers.addEventListener('keydown', (event) => { if (event.key === 'Escape') numbers.open = false; });
for (const [enter, leave] of [['pointerover', 'pointerout'], ['focusin', 'focusout']]) {
  chips.addEventListener(enter, (event) => {
    const chip = event.target.closest('.chip');
    if (chip) pointAtToken(Number(chip.dataset.index));
  });
  chips.addEventListener(leave, () => pointAtToken(null));
}
regions.addEventListener('pointerdown', (event) => {
  if (!erasing || !shown.image) return pointAtRegion(...regionAt(event));
  stroke = event.pointerId;
  regions.setPointerCapture(stroke);
  brush(event);
});
regions.addEventListener('pointermove', (event) => {
  if (stroke !== null) brush(event); else pointAtRegion(...regionAt(event));
});
regions.addEventListener('pointerup', () => { if (stroke !== null) { stroke = null; changed(); } });
regions.addEventListener('pointercancel', () => { stroke = null; });
regions.addEventListener('pointerleave', () => { if (stroke === null) leaveRegion(); });
regions.addEventListener('blur', leaveRegion);
regions.addEventListener('keydown', (event) => {
  const [H, W_] = grid();
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (step) {
    focus = focus
      ? [Math.min(H - 1, Math.max(0, focus[0] + step[0])), Math.min(W_ - 1, Math.max(0, focus[1] + step[1]))]
      : [H >> 1, W_ >> 1];
    pointAtRegion(...focus);
  } else if (event.key === ' ' && erasing && focus) {
    const cell = focus[0] * BRUSH * W_ * BRUSH + focus[1] * BRUSH, place = focus;
    eraseRegion(...focus, !erased.has(cell));
    changed();
    focus = place;
  } else return;
  event.preventDefault();
});

// ------------------------------------------------------------------ beginning

$('#map-toggle').textContent = W.map;
$('#keypoints-toggle').textContent = W.keypoints;
$('#erase').textContent = W.erase;
$('#restore').textContent = W.restore;
$('.opacity span').textContent = W.opacity;
$('.scale b').textContent = W.scale;
$('#numbers summary').textContent = W.numbers;
chips.setAttribute('aria-label', W.words);
(function drawScale() {
  const canvas = $('.scale canvas'), context = canvas.getContext('2d');
  for (let y = 0; y < 256; y++) {
    context.fillStyle = `rgb(${rgb(top_ * (255 - y) / 255)})`;
    context.fillRect(0, y, 1, 1);
  }
  $('.scale ol').replaceChildren(...props.ticks.map((tick) => {
    const item = document.createElement('li');
    item.textContent = (tick === top_ ? '≥' : '') + tick + '×';
    item.style.bottom = 100 * tick / top_ + '%';
    return item;
  }));
})();
watch('picture', drawPicture);
watch('value', draw);
drawPicture();
draw();
