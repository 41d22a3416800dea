// What the pointer and the keys do in the diagram and below it, and how the page begins.

// ------------------------------------------------------------------ what is pressed

function press(at) {
  const step = openStep(), P = view.regions.length, region = at.kind === 'region';
  const whole = region ? 'regions' : 'tokens', index = step.into === 'joined' && !region ? P + at.index : at.index;
  if (step.into === whole || step.into === 'joined') open({ query: index, key: null });
  else if (step.over === whole) open({ key: at.index });
  else if (step.over === 'joined') open({ key: region ? at.index : P + at.index });
  else {
    const goal = view.steps.findIndex((s) => s.into === (region ? 'image' : 'text') || (s.into === 'answer' && s.over === 'joined'));
    if (goal >= 0) open({ step: goal, head: null, query: null, key: view.steps[goal].over === 'joined' && !region ? P + at.index : at.index });
  }
}
function pick(at) { picked = at; drawHiding(); }
function pressed(at) {
  const step = openStep();
  if (at.kind === 'region' && step.into === 'tokens' && step.over === 'regions') return open({ key: at.index });
  return press(at);
}
function regionAt(event) {
  const box = svg.querySelector('.cover').getBoundingClientRect(), [rows, columns] = view.grid;
  const part = (value, low, size, count) => Math.min(count - 1, Math.max(0, Math.floor(count * (value - low) / size)));
  return columns * part(event.clientY, box.top, box.height, rows) + part(event.clientX, box.left, box.width, columns);
}
function thing(event) {
  const token = event.target.closest?.('[data-token]');
  if (token) return { kind: 'token', index: Number(token.dataset.token) };
  if (event.target.closest?.('.cover')) return { kind: 'region', index: event.clientX === undefined ? cursor : regionAt(event) };
  return null;
}
svg.addEventListener('pointermove', (event) => {
  const at = thing(event);
  if (JSON.stringify(at) !== JSON.stringify(spot)) follow(at);
});
svg.addEventListener('pointerleave', () => follow(null));
svg.addEventListener('focusin', (event) => {
  const at = event.target.matches('.cover') ? { kind: 'region', index: cursor } : thing(event);
  if (at) follow(at);
});
svg.addEventListener('focusout', () => follow(null));
svg.addEventListener('click', (event) => {
  const at = thing(event);
  if (!at) return;
  if (at.kind === 'region') cursor = at.index;
  if (event.target.closest('.cross')) toggle(at);
  else { pick(at); pressed(at); }
});
function moved(code, index, rows, columns) {
  const [row, column] = [Math.floor(index / columns), index % columns];
  const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[code] || [];
  if (down === undefined) return null;
  return columns * Math.min(rows - 1, Math.max(0, row + down)) + Math.min(columns - 1, Math.max(0, column + right));
}
svg.addEventListener('keydown', (event) => {
  const token = event.target.dataset.token;
  const at = token === undefined ? { kind: 'region', index: cursor } : { kind: 'token', index: Number(token) };
  if (event.key === 'Enter' || event.key === ' ') {
    pick(at);
    pressed(at);
    event.preventDefault();
  } else if (event.key === 'Delete' || event.key === 'Backspace') {
    toggle(at);
    event.preventDefault();
  } else if (token === undefined) {
    const next = moved(event.key, cursor, ...view.grid);
    if (next === null) return;
    cursor = next;
    follow({ kind: 'region', index: cursor });
    event.preventDefault();
  }
});
opened.addEventListener('keydown', (event) => {
  if (event.target.id !== 'inside-matrix') return;
  const { shape: [queries, keys] } = view.open.matrix, { query, key: j } = view.open.cell;
  const next = moved(event.key, keys * query + j, queries, keys);
  if (next === null) return;
  open({ query: Math.floor(next / keys), key: next % keys });
  event.preventDefault();
});
element.addEventListener('click', (event) => {
  const { target } = event, button = target.closest('button');
  if (target.id === 'inside-matrix') {
    const box = target.getBoundingClientRect(), { shape: [queries, keys] } = view.open.matrix;
    const part = (value, low, size, count) => Math.min(count - 1, Math.max(0, Math.floor(count * (value - low) / size)));
    open({ query: part(event.clientY, box.top, box.height, queries), key: part(event.clientX, box.left, box.width, keys) });
  } else if (!button || !view) return;
  else if (button.id === 'inside-image') hide({ image: !view.shown.image });
  else if (button.id === 'inside-text') hide({ question: !view.shown.question });
  else if (button.id === 'inside-hide') toggle(picked);
  else if (button.id === 'inside-restore') { hide({ dropped: [], erased: [] }); $('#inside-hide').focus(); }
  else if (button.id === 'inside-reset') { $('#inside-temperature').value = 0; open({ temperature: 1 }); }
  else if (button.dataset.index) send('change_inside', { index: Number(button.dataset.index), temperature: asked.temperature });
  else if (button.dataset.step) open({ step: Number(button.dataset.step), head: null, query: null, key: null });
  else if (button.dataset.head !== undefined) open({ head: button.dataset.head === '' ? null : Number(button.dataset.head) });
  else if (button.dataset.query) open({ query: Number(button.dataset.query), key: null });
});
$('#inside-fusion').addEventListener('change', ({ target }) => {
  send('change_inside', { fusion: target.value, temperature: asked.temperature });
});
$('#inside-temperature').addEventListener('input', ({ target }) => {
  $('.heat output').textContent = (2 ** target.value).toFixed(2);
  open({ temperature: 2 ** target.value });
});
$('.numbers-table').addEventListener('toggle', ({ target }) => { if (target.open && view) drawTable(); });

// ------------------------------------------------------------------ beginning

$('.heated').textContent = W.loading;
$('.controls > label span').textContent = W.fusion;
$('.heat label').textContent = W.temperature;
$('#inside-reset').textContent = W.temperatureReset;
$('.steps').setAttribute('aria-label', W.steps);
$('#inside-scroll').setAttribute('aria-label', W.diagram);
$('.numbers-table summary').textContent = W.table;
$('.numbers-table summary').id = 'inside-table';
$('.numbers-table .sheet').setAttribute('aria-label', W.table);
$('#inside-restore').textContent = W.restore;
watch('value', renew);
renew();
// A page that becomes wider or narrower, and one that is opened while its tab was not on show.
let room = 0;
new ResizeObserver(([{ contentRect: { width } }]) => {
  if (Math.abs(width - room) < 2) return;
  room = width;
  if (view && width) drawDiagram();
}).observe($('#inside-scroll'));
