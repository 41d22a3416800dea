// Attention, question or picture changed by hand. What is changed is drawn here at once; what comes
// of it is asked of the server. `props.value` is what `steer_actions` made: `base` when the tab is
// opened, `result` with each answer. Needs map.js and steer_result.js; weights, objects, and what
// the pointer and the keys do, stand in steer_weights.js, steer_picture.js and steer_listen.js.
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
let reading = null;                              // the words' weights, which sum to 1 (null: their own)
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
      words: reading, weight, heads: [...off].map((name) => name.split(' ').map(Number)),
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

// ------------------------------------------------------------------ what is changed

function moving() { return Object.values(moves).some(([dx, dy]) => dx || dy); }
function untouched() {
  if (mode === 'attention') return !cells.some(Boolean) && weight === null && !off.size && !reading;
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
  cells = new Float32Array(H * W_); past = []; cursor = null; weight = null; off = new Set(); reading = null;
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
  $('#steer-other').hidden = !base.free;
  $('#steer-weighing .sliders').replaceChildren();
  drawHeads(); drawPainting(); drawWords(); drawThings();
}
function renew() {
  if (!props.value?.result) return;
  const { base: fresh, result: newest, unasked } = props.value;
  if (fresh) { base = fresh; result = newest; sequence += 1; begin(); show(mode, false); }
  else if (unasked) { newest.sequence = ++sequence; clearTimeout(timer); moves = {}; place(); mode = 'picture'; show(mode, false, false); }
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
function show(name, again = true, ask = true) {
  mode = name;
  for (const pane of element.querySelectorAll('.pane')) pane.hidden = pane.dataset.mode !== mode;
  for (const choice of element.querySelectorAll('#steer-modes button')) {
    const on = choice.dataset.mode === mode;
    choice.setAttribute('aria-checked', String(on));
    choice.tabIndex = on ? 0 : -1;
  }
  if (again && base) send();
  else if (base && ask && mode !== 'attention') send();
}
