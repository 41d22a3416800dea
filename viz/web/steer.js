// Attention, question or picture changed by hand. What is changed is drawn here at once; what comes
// of it is asked of the server. `props.value` is what `steer_actions` made: `base` when the tab is
// opened, `result` with each answer. Needs map.js and steer_result.js.
const $ = (selector) => element.querySelector(selector);
const W = props.words, D = props.diverging, SVG = 'http://www.w3.org/2000/svg';
const board = $('#steer-board'), painting = $('.painted'), things = $('#steer-things');
const LARGE = 420, PAUSE = 140, STEP = 0.03, UNITS = 1000;
const divergingLut = bytes(D.lut);
let base = null, result = null;   // what stands on the Ask page; the newest before and after
let mode = props.modes[0][0];
let sequence = 0, timer = null;   // counts what is sent, so that an old answer undoes nothing
let cells = null, past = [], stroke = null, cursor = null, rubbing = false;
let weight = null, off = new Set();              // the image's weight (null: its own); heads
let pieces = null, chosen = null, asked = '';    // the question in pieces, the one to be replaced
let moves = {}, accepted = {}, drag = null;      // by object: how far it is moved, as last answered

function fill(text, values) { return text.replace(/{(\w+)}/g, (_, name) => values[name]); }
function percent(share) { return Math.round(100 * share) + '\u00a0%'; }
function node(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
function button(className, text) {
  const made = node('button', className, text);
  made.type = 'button';
  return made;
}
function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
function grid() { return base.grid || [1, 1]; }

// ------------------------------------------------------------------ asking

function send(more = {}) {
  clearTimeout(timer);
  sequence += 1;
  element.dataset.waiting = 'true';
  const given = { mode, sequence, ...more };
  if (mode === 'attention') {
    const [H, W_] = grid(), rows = Array.from({ length: H }, (_, y) => [...cells.subarray(y * W_, (y + 1) * W_)]);
    Object.assign(given, {
      painted: cells.some(Boolean) ? rows : null, strength: $('#steer-strength').value / 100,
      weight, heads: [...off].map((name) => name.split(' ').map(Number)),
    });
  } else if (mode === 'question') given.question = asked;
  else given.moves = Object.entries(moves).map(([i, [dx, dy]]) => [Number(i), dx, dy]);
  trigger('steer', given);
  drawReset();
}
function soon() { clearTimeout(timer); timer = setTimeout(send, PAUSE); }

// ------------------------------------------------------------------ painting

function drawPainting() {
  const [H, W_] = grid(), context = painting.getContext('2d');
  painting.width = W_ * CELL; painting.height = H * CELL;
  cells.forEach((on, i) => {
    if (!on) return;
    context.fillStyle = '#fde047a8';
    context.fillRect(CELL * (i % W_), CELL * Math.floor(i / W_), CELL, CELL);
    context.strokeStyle = '#000';
    context.strokeRect(CELL * (i % W_) + .5, CELL * Math.floor(i / W_) + .5, CELL - 1, CELL - 1);
  });
  const painted = cells.reduce((sum, on) => sum + on, 0);
  board.setAttribute('aria-label', fill(W.board, { painted, count: H * W_ }));
  $('#steer-undo').disabled = !past.length;
  $('#steer-clear').disabled = !painted;
}
function remember() { past.push(cells.slice()); if (past.length > 60) past.shift(); }
function brushAt(event) {
  const box = board.getBoundingClientRect(), [H, W_] = grid(), radius = $('#steer-brush').value / 2;
  const cx = W_ * (event.clientX - box.left) / box.width, cy = H * (event.clientY - box.top) / box.height;
  const touched = Math.floor(cy) * W_ + Math.floor(cx);
  for (let i = 0; i < H * W_; i++) {
    const near = (i % W_ + .5 - cx) ** 2 + (Math.floor(i / W_) + .5 - cy) ** 2 <= radius ** 2;
    if (near || i === touched) cells[i] = rubbing ? 0 : 1;
  }
  drawPainting();
}
function set(values) { remember(); cells = Float32Array.from(values); drawPainting(); send(); }
function undo() { if (past.length) { cells = past.pop(); drawPainting(); send(); } }
function showCursor() {
  const [H, W_] = grid(), mark = board.querySelector('.cursor');
  mark.hidden = !cursor;
  if (!cursor) return;
  const [y, x] = cursor;
  mark.style.cssText = `left:${100 * x / W_}%;top:${100 * y / H}%;width:${100 / W_}%;height:${100 / H}%`;
  const state = cells[y * W_ + x] ? W.painted : W.blank;
  $('#steer-said').textContent = fill(W.cell, { row: y + 1, column: x + 1, state });
}
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
board.addEventListener('pointerdown', (event) => {
  if (base.noPaint) return;
  stroke = event.pointerId;
  board.setPointerCapture(stroke);
  remember();
  brushAt(event);
});
board.addEventListener('pointermove', (event) => { if (stroke !== null) brushAt(event); });
board.addEventListener('pointerup', () => { if (stroke !== null) { stroke = null; send(); } });
board.addEventListener('pointercancel', () => { if (stroke !== null) { stroke = null; undo(); } });
board.addEventListener('focus', () => { if (board.matches(':focus-visible')) { cursor ??= grid().map((n) => n >> 1); showCursor(); } });
board.addEventListener('blur', () => { board.querySelector('.cursor').hidden = true; });
board.addEventListener('keydown', (event) => {
  const [H, W_] = grid(), step = ARROWS[event.key];
  if (base.noPaint) return;
  if (event.key === 'z' && (event.ctrlKey || event.metaKey)) undo();
  else if (step) {
    cursor ??= [H >> 1, W_ >> 1];
    cursor = [Math.min(H - 1, Math.max(0, cursor[0] + step[1])), Math.min(W_ - 1, Math.max(0, cursor[1] + step[0]))];
    showCursor();
  } else if ((event.key === ' ' || event.key === 'Enter') && cursor) {
    const i = cursor[0] * W_ + cursor[1];
    remember();
    cells[i] = cells[i] ? 0 : 1;
    drawPainting(); showCursor(); soon();
  } else return;
  event.preventDefault();
});

// ------------------------------------------------------------------ weights and heads

function drawHand() {
  const own = result?.before?.weight ?? null, now = weight ?? own;
  $('#steer-strength-row output').textContent = percent($('#steer-strength').value / 100);
  if (now !== null) $('#steer-weight').value = 100 * now;
  $('#steer-weight-row output').textContent = now === null ? '–' : percent(now);
  $('#steer-own').disabled = weight === null;
  for (const chip of element.querySelectorAll('#steer-heads button')) {
    chip.setAttribute('aria-pressed', String(!off.has(chip.dataset.head)));
  }
}
function drawHeads() {
  const [L, K] = base.heads, holder = $('#steer-heads');
  const rows = node('div', 'layers');
  holder.replaceChildren(node('b', '', W.heads), rows);
  if (base.noHeads) { rows.append(node('span', 'why', base.noHeads)); return; }
  for (let layer = 0; layer < L; layer++) {
    const group = node('div');
    group.setAttribute('role', 'group');
    const name = fill(W.layer, { layer: layer + 1 });
    group.setAttribute('aria-label', name);
    group.append(node('span', '', name), ...Array.from({ length: K }, (_, head) => {
      const chip = button('tool', fill(W.head, { head: head + 1 }));
      chip.dataset.head = `${layer} ${head}`; chip.title = W.headHint;
      return chip;
    }));
    rows.append(group);
  }
}

// ------------------------------------------------------------------ the question

function drawWords() {
  const focused = $('#steer-words').contains(document.activeElement);
  $('#steer-words').replaceChildren(...pieces.filter(([text]) => text.trim()).map((piece) => {
    const i = pieces.indexOf(piece), [text, offers, was] = piece;
    if (!offers.length) return node('span', 'word', text);
    const chip = button('chip', text);
    chip.dataset.word = i;
    chip.classList.toggle('replaced', was !== undefined && was !== text);
    chip.setAttribute('aria-pressed', String(i === chosen));
    return chip;
  }));
  const possible = pieces.some(([, offers]) => offers.length);
  $('#steer-lead').textContent = chosen !== null ? fill(W.replace, { word: pieces[chosen][0] })
    : possible ? W.chooseWord : W.noPairs;
  $('#steer-offers').replaceChildren(...(chosen === null ? [] : pieces[chosen][1]).map((word) => {
    const offer = button('tool', word);
    offer.dataset.offer = word;
    return offer;
  }));
  if (focused && chosen !== null) $(`[data-word="${chosen}"]`)?.focus();
}
// The replaced word joins the offers, and the word that now stands there leaves them.
function replaceWord(word) {
  const [text, offers, was = text] = pieces[chosen], capital = /^\p{Lu}/u.test(was);
  const next = capital ? word[0].toUpperCase() + word.slice(1) : word;
  const rest = offers.filter((other) => other !== word);
  const before = chosen - 2, article = pieces[before]?.[0];   // a, a space, the word
  if (/^an?$/i.test(article)) pieces[before] = [article[0] + (/^[aeio]/i.test(word) ? 'n' : ''), []];
  pieces[chosen] = [next, [text.toLowerCase() === word ? was : text, ...rest], was];
  ask(pieces.map(([part]) => part).join(''));
  drawWords();
}
function ask(question) {
  asked = question;
  $('#steer-question').value = question;
  send();
}

// ------------------------------------------------------------------ the picture

function drawThings() {
  things.replaceChildren(...base.objects.map(({ name, outline }, i) => {
    const group = svg('g', { tabindex: 0, role: 'button', 'data-thing': i, 'aria-label': fill(W.object, { name }) });
    group.append(svg('path', { class: 'halo', d: outline }), svg('path', { class: 'line', d: outline }));
    return group;
  }));
  place();
}
function place() {
  for (const group of things.children) {
    const [dx, dy] = moves[group.dataset.thing] || [0, 0];
    group.setAttribute('transform', `translate(${UNITS * dx} ${UNITS * dy})`);
  }
}
function shift(i, dx, dy) {
  const [x, y] = moves[i] || [0, 0];
  moves = { ...moves, [i]: [x + dx, y + dy].map((by) => Math.max(-1, Math.min(1, by))) };
  place();
}
things.addEventListener('pointerdown', (event) => {
  const group = event.target.closest('[data-thing]');
  if (!group) return;
  drag = { i: group.dataset.thing, x: event.clientX, y: event.clientY, moved: false };
  things.setPointerCapture(event.pointerId);
  group.focus({ preventScroll: true });
  event.preventDefault();
});
things.addEventListener('pointermove', (event) => {
  if (!drag) return;
  const box = things.getBoundingClientRect();
  shift(drag.i, (event.clientX - drag.x) / box.width, (event.clientY - drag.y) / box.height);
  Object.assign(drag, { x: event.clientX, y: event.clientY, moved: true });
});
things.addEventListener('pointerup', () => { if (drag?.moved) send(); drag = null; });
things.addEventListener('pointercancel', () => { drag = null; moves = { ...accepted }; place(); });
things.addEventListener('keydown', (event) => {
  const step = ARROWS[event.key], group = event.target.closest('[data-thing]');
  if (!step || !group) return;
  shift(group.dataset.thing, STEP * step[0], STEP * step[1]);
  soon();
  event.preventDefault();
});

// ------------------------------------------------------------------ what is changed

function moving() { return Object.values(moves).some(([dx, dy]) => dx || dy); }
function untouched() {
  if (mode === 'attention') return !cells.some(Boolean) && weight === null && !off.size;
  if (mode === 'question') return asked === base.question;
  return !moving() && result.before.title === result.after.title;
}
function drawReset() {
  $('#steer-reset').hidden = mode === 'question' ? asked === base.question : untouched();
  $('#steer-back').disabled = !moving();
}

// ------------------------------------------------------------------ what the server said

function begin() {
  const [H, W_] = grid();
  cells = new Float32Array(H * W_); past = []; cursor = null; weight = null; off = new Set();
  asked = base.question; chosen = null; pieces = structuredClone(base.pieces);
  moves = {}; accepted = {};
  $('#steer-strength').value = 100;
  for (const photo of element.querySelectorAll('.photo')) photo.src = base.picture;
  for (const frame of element.querySelectorAll('.hand .frame')) frame.style.setProperty('--ratio', base.ratio);
  for (const path of element.querySelectorAll('.hand .outline path')) path.setAttribute('d', base.outline);
  $('#steer-question').value = asked;
  $('#steer-asked').replaceChildren(node('b', '', base.question), node('span', '', base.fusion));
  $('.tries').replaceChildren(...base.suggestions.filter((text) => text !== asked).map((text) => {
    const suggestion = button('', text);
    suggestion.dataset.suggestion = text;
    return suggestion;
  }));
  $('#steer-objects').textContent = base.objects.length ? W.objects : W.noObjects;
  $('#steer-truth').hidden = !base.truth;
  $('#steer-tools').classList.toggle('idle', Boolean(base.noPaint));
  for (const control of element.querySelectorAll('#steer-tools :is(button, input), #steer-strength')) control.disabled = Boolean(base.noPaint);
  $('#steer-weight').disabled = Boolean(base.noWeight);
  $('#steer-weight-row').title = base.noWeight;
  $('#steer-said').textContent = base.noPaint;
  $('.about').replaceChildren(...base.about.map((text) => node('p', '', text)));
  drawHeads(); drawPainting(); drawWords(); drawThings();
}
function renew() {
  if (!props.value?.result) return;
  const { base: fresh, result: newest } = props.value;
  if (fresh) { base = fresh; result = newest; sequence += 1; begin(); show(mode, false); }
  else if (newest.sequence !== sequence) return;
  delete element.dataset.waiting;
  const notice = $('#steer-notice');
  notice.hidden = !newest.refused;
  notice.textContent = newest.refused || '';
  if (newest.refused) { moves = { ...accepted }; place(); drawReset(); return; }
  result = newest;
  if (mode === 'picture') { accepted = { ...moves }; place(); }
  drawResult(); drawHand(); drawReset();
  element.dataset.answered = String(newest.sequence);
}
function show(name, again = true) {
  mode = name;
  for (const pane of element.querySelectorAll('.pane')) pane.hidden = pane.dataset.mode !== mode;
  for (const choice of element.querySelectorAll('#steer-modes button')) {
    const on = choice.dataset.mode === mode;
    choice.setAttribute('aria-checked', String(on));
    choice.tabIndex = on ? 0 : -1;
  }
  if (again && base) send();
  else if (base && mode !== 'attention') send();
}

// ------------------------------------------------------------------ listening

element.addEventListener('click', ({ target }) => {
  const pressed = target.closest('button');
  if (!pressed || !base) return;
  const { id, dataset } = pressed;
  if (dataset.mode) show(dataset.mode);
  else if (dataset.head) {
    if (!off.delete(dataset.head)) off.add(dataset.head);
    drawHand(); send();
  } else if (dataset.word) { chosen = chosen === Number(dataset.word) ? null : Number(dataset.word); drawWords(); }
  else if (dataset.offer) replaceWord(dataset.offer);
  else if (dataset.suggestion) ask(dataset.suggestion);
  else if (id === 'steer-paint' || id === 'steer-rub') {
    rubbing = id === 'steer-rub';
    $('#steer-paint').setAttribute('aria-pressed', String(!rubbing));
    $('#steer-rub').setAttribute('aria-pressed', String(rubbing));
  } else if (id === 'steer-undo') undo();
  else if (id === 'steer-clear') set(cells.map(() => 0));
  else if (id === 'steer-truth') set(unpack(base.truth).data.map((share, _, all) => share >= Math.min(0.1, Math.max(...all)) ? 1 : 0));
  else if (id === 'steer-even') set(cells.map(() => 1));
  else if (id === 'steer-own') { weight = null; drawHand(); send(); }
  else if (id === 'steer-back') { moves = {}; place(); send(); }
  else if (id === 'steer-scene') { moves = {}; place(); send({ other: true }); }
  else if (id === 'steer-reset') { const at = mode; begin(); if (at === mode) send(); }
});
$('#steer-modes').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const names = props.modes.map(([name]) => name), next = names[(names.indexOf(mode) + step + names.length) % names.length];
  show(next);
  $(`#steer-modes [data-mode="${next}"]`).focus();
  event.preventDefault();
});
$('#steer-strength').addEventListener('input', () => { drawHand(); soon(); });
$('#steer-weight').addEventListener('input', ({ target }) => { weight = target.value / 100; drawHand(); soon(); });
$('#steer-other').addEventListener('submit', (event) => {
  event.preventDefault();
  ask($('#steer-question').value);
});
$('#steer-numbers').addEventListener('toggle', () => { if ($('#steer-numbers').open && result) drawNumbers(); });

// ------------------------------------------------------------------ beginning

$('#steer-modes').setAttribute('aria-label', W.modes);
$('#steer-modes').append(...props.modes.map(([name, label]) => {
  const choice = button('', label);
  choice.dataset.mode = name;
  choice.setAttribute('role', 'radio');
  return choice;
}));
for (const [id, text, hint] of [['reset', W.reset], ['paint', W.paint], ['rub', W.rub], ['undo', W.undo], ['clear', W.clear],
  ['truth', W.truth, W.truthHint], ['even', W.even, W.evenHint], ['own', W.own, W.ownHint], ['back', W.back], ['scene', W.otherScene]]) {
  $(`#steer-${id}`).textContent = text;
  if (hint) $(`#steer-${id}`).title = hint;
}
$('.size span').textContent = W.brush;
$('#steer-strength-row span').textContent = W.strength;
$('#steer-weight-row span').textContent = W.weights;
$('#steer-other span').textContent = W.other;
$('#steer-other button').textContent = W.ask;
$('#steer-words').setAttribute('aria-label', W.words);
$('.tries').setAttribute('aria-label', W.try);
$('#steer-numbers summary').textContent = W.numbers;
$('#steer-sentence').textContent = W.loading;
$('.turn thead tr').append(...[W.answer, W.before, W.after, W.change].map((text) => {
  const cell = node('th', '', text);
  cell.scope = 'col';
  return cell;
}));
for (const name of ['.one b', '.two b']) $('.legends ' + name).textContent = W.scale;
drawScale($('.one canvas'), $('.one ol'));
for (let x = 0; x < 256; x++) {
  const context = $('.two canvas').getContext('2d');
  context.fillStyle = `rgb(${divergingLut.subarray(3 * x, 3 * x + 3)})`;
  context.fillRect(x, 0, 1, 1);
}
$('.two ol').replaceChildren(...D.steps.map((step) => {
  const item = node('li', '', step === 0 ? '±0' : step < 0 ? `${W.less} −${-step}×` : `${W.more} +${step}×`);
  item.style.left = 50 + 50 * step / D.reach + '%';
  return item;
}));
watch('value', renew);
show(mode, false);
renew();
