// What is open below the diagram: one step's weights, and the numbers behind one of its cells.
// `view.open` is what `inside_view._open` made; listening and beginning stand in inside_listen.js.
const opened = $('#inside-open');

// ------------------------------------------------------------------ the open step

function drawSteps() {
  const focused = document.activeElement?.dataset.step;
  $('.steps').replaceChildren(...view.steps.map((step, i) => {
    const item = node('li'), button = node('button', 'tool', step.title);
    button.type = 'button'; button.dataset.step = i;
    button.setAttribute('aria-pressed', String(i === view.open.step));
    item.append(button);
    return item;
  }));
  if (focused !== undefined) $(`[data-step="${focused}"]`)?.focus();
}
function drawOpen() {
  const found = view.open, step = openStep();
  const focused = opened.contains(document.activeElement) && document.activeElement;
  const again = focused && (focused.id ? '#' + focused.id : focused.dataset.head !== undefined ? `[data-head="${focused.dataset.head}"]` : null);
  opened.querySelector('h3').textContent = step.title;
  opened.querySelector('.about').textContent = found.about;
  opened.querySelector('.formula').textContent = found.formula;
  drawHeads(found);
  $('.body').replaceChildren(...(found.matrix ? stepParts(step, found) : answerParts(found)));
  const details = $('.numbers-table');
  details.hidden = !found.matrix;
  if (details.open) drawTable();
  if (again) opened.querySelector(again)?.focus();
}
function drawHeads({ heads, head }) {
  const group = $('.heads');
  group.hidden = heads < 2;
  const choices = [null, ...Array(heads).keys()];
  group.replaceChildren(node('span', '', W.head), ...choices.map((choice) => {
    const button = node('button', 'tool', choice === null ? W.mean : String(choice + 1));
    button.type = 'button'; button.dataset.head = choice === null ? '' : choice;
    button.setAttribute('aria-pressed', String(choice === head));
    return button;
  }));
}
function stepParts(step, found) {
  const left = node('div', 'part'), right = node('div', 'part');
  left.append(node('h4', '', W.matrix), matrix(step, found), strengths(), rows(step, found));
  right.append(...cell(step, found));
  return [left, right];
}

// The weights as an array of cells on the fixed scale; arrow keys move through it.
function matrix(step, { matrix: packed, cell: { query, key: j } }) {
  const { shape: [queries, keys], data } = unpack(packed), holder = node('div', 'matrix');
  const canvas = node('canvas'), context = canvas.getContext('2d');
  canvas.id = 'inside-matrix'; canvas.width = keys; canvas.height = queries; canvas.tabIndex = 0;
  canvas.style.height = Math.min(330, Math.max(26, queries * 22)) + 'px';
  for (let i = 0; i < queries * keys; i++) {
    context.fillStyle = `rgb(${rgb(data[i] * keys)})`;
    context.fillRect(i % keys, Math.floor(i / keys), 1, 1);
  }
  const mark = node('i', 'mark-cell');
  mark.style.cssText = `left:${100 * j / keys}%;top:${100 * query / queries}%;width:${100 / keys}%;height:${100 / queries}%`;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `${W.matrix} ${queryName(step, query, queries)}, ${keyName(step.over, j)}: ${percent(data[query * keys + j])}`);
  holder.append(canvas, mark);
  return holder;
}
function strengths() {
  const strip = node('div', 'strip'), inner = node('div'), canvas = node('canvas'), list = node('ol');
  canvas.width = 256; canvas.height = 1;
  strip.setAttribute('aria-hidden', 'true');
  inner.append(canvas, list);
  strip.append(node('b', '', W.scale), inner);
  drawScale(canvas, list);
  return strip;
}
function table(headings, lines) {
  const made = node('table'), head = made.createTHead().insertRow(), body = made.createTBody();
  for (const heading of headings) head.append(Object.assign(node('th', '', heading), { scope: 'col' }));
  for (const line of lines) {
    const row = body.insertRow();
    line.forEach((value, i) => {
      if (i) row.append(node('td', '', value));
      else row.append(Object.assign(node('th', '', value), { scope: 'row' }));
    });
  }
  return made;
}
function rows(step, found) {
  const count = found.rows.length;
  const lines = found.rows.map((row, i) => [queryName(step, i, count), ...(row.entropy === null ? [W.nothing, '', '', ''] : [
    fill(W.bits, { value: row.entropy, most: row.most }), `${keyName(step.over, row.best)}: ${row.share}`,
    row.times + '×', fill(W.uniform, { share: row.uniform })])]);
  const made = table([W.query, W.entropy, W.most, W.peak, ''], lines);
  [...made.tBodies[0].rows].forEach((line, i) => {
    const button = node('button', 'pick', line.cells[0].textContent);
    button.type = 'button'; button.dataset.query = i; button.id = `inside-row-${i}`;
    button.setAttribute('aria-pressed', String(i === found.cell.query));
    line.cells[0].replaceChildren(button);
  });
  return sheet(made, W.entropy);
}
// What may be wider or longer than its place, to be scrolled by key, too.
function sheet(content, label) {
  const made = node('div', 'sheet');
  made.tabIndex = 0;
  made.setAttribute('role', 'region'); made.setAttribute('aria-label', label);
  made.append(content);
  return made;
}

// ------------------------------------------------------------------ the numbers of a cell

function cell(step, { cell: found, heads, head, rows: all }) {
  const names = { key: keyName(step.over, found.key), query: queryName(step, found.query, all.length) };
  const which = { head: found.head + 1, heads };
  const about = heads < 2 ? '' : fill(head === null ? W.strongest : W.cellHead, which);
  const parts = [node('h4', '', fill(W.cell, names)), node('p', 'small', about), ...found.lines.slice(0, -2).map(line)];
  parts.push(node('p', 'score', found.present ? found.score : `${found.score} (${W.absent})`));
  parts.push(node('h4', '', W.softmaxRow), sheet(softmaxRow(step, found), W.softmaxRow), ...found.lines.slice(-2).map(line));
  return parts;
}
function line({ label, values }) {
  const { data } = unpack(values), numbers = [...data], holder = node('div', 'numbers-line');
  const image = node('img'), text = node('div', 'digits', numbers.map((v) => v.toFixed(3).replace('-', '−')).join('  '));
  image.src = strip(data);
  image.alt = fill(W.values, { label, low: Math.min(...numbers).toFixed(3), high: Math.max(...numbers).toFixed(3) });
  image.title = fill(W.sign, { most: largest(data).toFixed(2) });
  text.tabIndex = 0; text.setAttribute('role', 'group'); text.setAttribute('aria-label', label);
  holder.append(node('b', '', label), image, text);
  return holder;
}
function softmaxRow(step, { row, key: j }) {
  const lines = row.keys.map((k, i) => [keyName(step.over, k), ...row.numbers[i]]);
  lines.push([fill(W.sum, { count: row.count }), '', '', row.total, row.count ? '1' : '0']);
  const made = table(W.columns, lines);
  row.keys.forEach((k, i) => made.tBodies[0].rows[i].classList.toggle('current', k === j));
  return made;
}
function answerParts(found) {
  const part = node('div', 'part'), lines = [...found.scores, [fill(W.sum, { count: found.count }), '', found.total, '1']];
  part.append(...found.lines.map(line), sheet(table(W.answerColumns, lines), W.answers));
  return [part];
}
// Every weight of the step: a row for each key, a column for each query. Made when it is opened.
function drawTable() {
  const step = openStep(), { shape: [queries, keys], data } = unpack(view.open.matrix);
  const columns = [...Array(queries).keys()], lines = [...Array(keys).keys()].map((j) =>
    [keyName(step.over, j), ...columns.map((i) => data[i * keys + j].toFixed(4))]);
  $('.numbers-table .sheet').replaceChildren(table([W.source, ...columns.map((i) => queryName(step, i, queries))], lines));
}

// ------------------------------------------------------------------ all of it

function drawnShare() {
  const step = middleStep();
  if (!step) return '';
  const { shape: [queries], data } = unpack(view.open.matrix), middle = flows.filter((f) => f.step === 'middle');
  const drawn = middle.reduce((sum, f) => sum + f.weight, 0), all = data.reduce((sum, w) => sum + w, 0);
  return queries && all ? fill(W.drawn, { share: percent(drawn / all), count: middle.length }) : '';
}
function drawControls() {
  for (const [side, id, word] of [['image', '#inside-image', W.switchImage], ['question', '#inside-text', W.switchText]]) {
    $(id).setAttribute('aria-checked', String(view.shown[side]));
    $(id).textContent = `${word} ${view.shown[side] ? W.on : W.off}`;
  }
  $('#inside-fusion').replaceChildren(...view.fusions.map(([name, text]) => {
    const option = node('option', '', text);
    option.value = name; option.selected = name === view.fusion;
    return option;
  }));
  if (document.activeElement !== $('#inside-temperature')) $('#inside-temperature').value = Math.log2(view.temperature);
  $('.heat output').textContent = Number($('#inside-temperature').value ? 2 ** $('#inside-temperature').value : 1).toFixed(2);
  $('#inside-reset').disabled = view.temperature === 1;
  $('.heated').textContent = view.heated;
}
function renew() {
  if (!props.value || !props.value.steps) return;
  view = props.value;
  asked = { step: view.open.step, head: view.open.head, query: view.open.cell?.query, key: view.open.cell?.key, temperature: view.temperature };
  cursor = Math.min(cursor, view.regions.length - 1);
  $('.notice').hidden = !view.notice;
  $('.notice').textContent = view.notice;
  $('.try').replaceChildren(...view.suggestions.map((text, index) => {
    const button = node('button', '', text);
    button.type = 'button'; button.dataset.index = index;
    return button;
  }));
  drawControls();
  drawDiagram();
  drawHiding();
  drawSteps();
  drawOpen();
  $('.description').textContent = view.description;
  $('.drawn').textContent = drawnShare();
  element.dataset.drawn = Number(element.dataset.drawn || 0) + 1;
  clearTimeout(send.timer);
  settle();
}
