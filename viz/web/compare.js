// The table of everything that answered, and the map of one row beside it. All four cases are
// here, so that switches, hovering and sorting need no server. `props.value` is what
// `compare_view.view` made.
const $ = (selector) => element.querySelector(selector);
const W = props.words, THUMB = 2;   // pixels of a small map per pixel of the page
const body = $('tbody'), large = $('.large'), largeMap = $('#compare-map');
const LARGE = 600, HEIGHT = 40, WIDTH = 60;
let view = null;              // the newest result
let shown = null;             // what the rows show: the two switches
let asked = null;             // the switches of the Ask page when they were last taken over
let sorted = { column: null, descending: true };
let pinned = null;            // name of the row whose map stays beside the table
let photo = null;

function shownCase() {
  return shown.image ? (shown.question ? 'both' : 'image') : (shown.question ? 'text' : 'none');
}
function node(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// ------------------------------------------------------------------ maps

function draw(canvas, entry, rims) {
  const context = canvas.getContext('2d');
  const { width, height } = canvas;
  context.imageSmoothingEnabled = true;
  if (shown.image && photo.complete) context.drawImage(photo, 0, 0, width, height);
  else { context.fillStyle = '#64748b'; context.fillRect(0, 0, width, height); }
  if (!shown.image) return;
  context.fillStyle = '#888';
  for (const [left, up, right, down] of view.erased) {
    context.fillRect(left * width, up * height, (right - left) * width, (down - up) * height);
  }
  const weights = unpack(entry.map);
  if (!weights) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(drawnMap(weights, rims), 0, 0, width, height);
}
function enlarge(name) {
  const row = view.rows.find((other) => other.name === name), entry = row.cases[shownCase()];
  for (const line of body.rows) line.classList.toggle('enlarged', line.dataset.name === name);
  large.dataset.name = name;
  draw(largeMap, entry, true);
  largeMap.setAttribute('aria-label', `${row.label}: ${entry.description}`);
  for (const path of large.querySelectorAll('.outline path')) {
    path.setAttribute('d', shown.image ? view.outline : '');
  }
  $('.large .veil').hidden = shown.image;
  const about = [entry.description, W.measured + W.colon + row.measuredNote, row.summary];
  $('.large figcaption').replaceChildren(
    node('b', '', row.label), ...answerParts(row), ...about.map((text) => node('p', '', text)));
}

// ------------------------------------------------------------------ cells

function mark(entry) {
  if (!entry.mark) return [];
  const sign = node('span', `mark ${entry.mark}`, entry.mark === 'right' ? '✓' : '✗');
  sign.setAttribute('role', 'img');
  sign.setAttribute('aria-label', W[entry.mark]);
  return [sign];
}
function answerParts(row) {
  const entry = row.cases[shownCase()], now = node('span', 'now', entry.answer + ' ');
  now.append(...mark(entry));
  if (entry.differs) {
    const badge = node('span', 'differs', '≠');
    badge.title = W.differs;
    badge.setAttribute('role', 'img');
    badge.setAttribute('aria-label', W.differs);
    now.append(' ', badge);
  }
  return [...before(row.cases.both.answer, W.before), now];
}
function before(text, label) {
  if (shownCase() === 'both') return [];
  const old = node('span', 'before', text);
  old.title = label;
  const arrow = node('span', 'arrow', ' →');
  arrow.setAttribute('role', 'img');
  arrow.setAttribute('aria-label', W.now);
  old.append(arrow);
  return [old, ' '];
}
function bar(image, text, short) {
  const holder = node('div', image === null ? 'none' : 'mini', image === null ? text : undefined);
  if (image === null) return holder;
  const split = node('span', 'split'), filled = node('span'), numbers = node('small', '', short);
  split.setAttribute('role', 'img');
  split.setAttribute('aria-label', text);
  numbers.setAttribute('aria-hidden', 'true');
  filled.style.width = 100 * image + '%';
  split.append(filled);
  holder.append(split, numbers);
  return holder;
}
function weightBar(entry) { return bar(entry.weight, entry.weightText, entry.weightShort); }
function thumb(row) {
  const entry = row.cases[shownCase()], holder = node('div', 'thumb');
  if (!shown.image || !entry.map) {
    const note = node('span', 'none', shown.image ? W.noMap : W.hidden);
    note.title = entry.description;
    holder.append(note);
    return holder;
  }
  const canvas = node('canvas'), scale = Math.min(WIDTH / view.ratio, HEIGHT);
  canvas.style.cssText = `width:${scale * view.ratio}px;height:${scale}px`;
  canvas.width = THUMB * scale * view.ratio; canvas.height = THUMB * scale;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', entry.description);
  draw(canvas, entry, false);
  holder.append(canvas, node('small', '', entry.placeText));
  return holder;
}
const CELLS = {
  answer: (row) => answerParts(row),
  share: (row) => [...before(row.cases.both.shareText, W.before), row.cases[shownCase()].shareText],
  place: (row) => [thumb(row)],
  weight: (row) => [weightBar(row.cases[shownCase()])],
  measured: (row) => [bar(row.measured, row.measuredText, row.measuredShort)],
};
function valueOf(row, column) {
  const entry = row.cases[shownCase()];
  return column in entry ? entry[column] : row[column];
}

// ------------------------------------------------------------------ the table

function drawHead() {
  $('thead tr').replaceChildren(...view.columns.map(([column, heading, below, hint]) => {
    const cell = node('th', column), button = node('button');
    cell.scope = 'col';
    button.type = 'button'; button.title = hint; button.dataset.column = column;
    const order = sorted.column !== column ? 'none' : sorted.descending ? 'descending' : 'ascending';
    cell.setAttribute('aria-sort', order);
    button.append(node('span', '', heading));
    if (below) button.append(node('small', '', below));
    cell.append(button);
    return cell;
  }));
}
// What a row has no value for stands last, whichever way round the rest is.
function inOrder() {
  const { column, descending } = sorted, rows = [...view.rows];
  if (column === null) return rows;
  return rows.sort((one, other) => {
    const [a, b] = [valueOf(one, column), valueOf(other, column)];
    if (a === null || b === null) return (a === null) - (b === null);
    return (descending ? -1 : 1) * (typeof a === 'string' ? a.localeCompare(b) : a - b);
  });
}
function line(row) {
  const made = node('tr'), entry = row.cases[shownCase()], name = node('th');
  made.dataset.name = row.name;
  made.classList.toggle('odd-one', entry.differs);
  made.classList.toggle('changed', entry.changed);
  const button = node('button', 'pin'), parts = row.label.split(/(?<= ·) /);
  button.append(...parts.flatMap((part, i) => [i ? ' ' : '', node('span', '', part)]));
  button.type = 'button';
  button.setAttribute('aria-pressed', String(row.name === pinned));
  name.scope = 'row';
  name.append(button);
  if (row.here) name.append(node('small', '', W.here));
  made.append(name, ...view.columns.slice(1).map(([column]) => {
    const cell = node('td', column);
    cell.append(...(CELLS[column] ? CELLS[column](row) : [row[column + 'Text']]));
    return cell;
  }));
  return made;
}
function drawTable() {
  const focused = element.contains(document.activeElement) && document.activeElement;
  const name = focused && focused.closest('tbody tr')?.dataset.name, { column } = focused.dataset || {};
  drawHead();
  body.replaceChildren(...inOrder().map(line));
  if (name) pinOf(name)?.focus();
  else if (column) element.querySelector(`[data-column="${column}"]`).focus();
  for (const [side, id] of [['image', '#compare-image'], ['question', '#compare-text']]) {
    $(id).setAttribute('aria-checked', String(shown[side]));
    $(id).textContent = `${W[side]} ${shown[side] ? W.on : W.off}`;
  }
  $('#compare-sentence').textContent = view.sentences[shownCase()];
  enlarge(name || pinned);
}
function pinOf(name) {
  return [...body.rows].find((line) => line.dataset.name === name)?.querySelector('.pin');
}
function pin(name) {
  pinned = name;
  for (const line of body.rows) {
    line.querySelector('.pin').setAttribute('aria-pressed', String(line.dataset.name === name));
  }
  enlarge(name);
}

// A new result keeps the order of the rows, the row beside the table, and the switches, unless
// those of the Ask page are others than before.
function renew() {
  if (!props.value || !props.value.rows) return;
  view = props.value;
  const given = JSON.stringify(view.shown);
  if (given !== asked) shown = { ...view.shown };
  asked = given;
  if (!view.rows.some((row) => row.name === pinned)) {
    pinned = (view.rows.find((row) => row.here) || view.rows[0]).name;
  }
  const notice = $('.notice'), scale = LARGE / Math.max(1, view.ratio);
  notice.hidden = !view.notice;
  notice.textContent = view.notice;
  largeMap.width = scale * view.ratio; largeMap.height = scale;
  $('.large .frame').style.setProperty('--ratio', view.ratio);
  $('.try').replaceChildren(...view.suggestions.map((text, index) => {
    const button = node('button', '', text);
    button.type = 'button'; button.dataset.index = index;
    return button;
  }));
  photo = new Image();
  photo.onload = () => { drawTable(); element.dataset.drawn = Number(element.dataset.drawn || 0) + 1; };
  photo.src = view.picture;
}

// ------------------------------------------------------------------ listening

element.addEventListener('click', ({ target }) => {
  const button = target.closest('button'), row = target.closest('tbody tr');
  if (button?.dataset.index) trigger('pick', { index: Number(button.dataset.index) });
  else if (button?.id === 'compare-image' || button?.id === 'compare-text') {
    const side = button.id === 'compare-image' ? 'image' : 'question';
    if (!view) return;
    shown[side] = !shown[side];
    drawTable();
  } else if (button?.dataset.column) {
    const { column } = button.dataset, text = typeof valueOf(view.rows[0], column) === 'string';
    const again = sorted.column === column;
    sorted = { column, descending: again ? !sorted.descending : !text };
    drawTable();
  } else if (row) pin(row.dataset.name);
});
body.addEventListener('pointerover', ({ target }) => {
  const row = target.closest('tr');
  if (row && row.dataset.name !== large.dataset.name) enlarge(row.dataset.name);
});
body.addEventListener('pointerleave', () => enlarge(pinned));
body.addEventListener('focusin', ({ target }) => enlarge(target.closest('tr').dataset.name));
body.addEventListener('focusout', ({ relatedTarget }) => {
  if (relatedTarget && !body.contains(relatedTarget)) enlarge(pinned);
});
body.addEventListener('keydown', (event) => {
  const step = { ArrowUp: 'previousElementSibling', ArrowDown: 'nextElementSibling' }[event.key];
  if (!step) return;
  event.target.closest('tr')[step]?.querySelector('.pin').focus();
  event.preventDefault();
});

// ------------------------------------------------------------------ beginning

$('#compare-sentence').textContent = W.loading;
$('#compare-sheet').setAttribute('aria-label', W.table);
$('.strip b').textContent = W.scale;
$('.try').setAttribute('aria-label', W.try);
$('.large .veil').textContent = W.imageHidden;
drawScale($('.strip canvas'), $('.strip ol'));
watch('value', renew);
renew();
