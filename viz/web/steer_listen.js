// What the pointer and the keys do on the Steer page, and how it begins.

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
  else if (id === 'steer-words-own') { reading = null; drawHand(); send(); }
  else if (id === 'steer-picture') document.querySelector('#steer-upload-row input[type=file]')?.click();
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
$('#steer-weighing').addEventListener('input', ({ target }) => { weigh(Number(target.dataset.weigh), target.value / 100); drawHand(); soon(); });
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
  ['truth', W.truth, W.truthHint], ['even', W.even, W.evenHint], ['own', W.own, W.ownHint], ['back', W.back], ['scene', W.otherScene],
  ['picture', W.upload, W.uploadHint], ['words-own', W.wordsOwn, W.wordsOwnHint]]) {
  $(`#steer-${id}`).textContent = text;
  if (hint) $(`#steer-${id}`).title = hint;
}
$('.size span').textContent = W.brush;
$('#steer-strength-row span').textContent = W.strength;
$('#steer-weight-row span').textContent = W.weights;
$('#steer-weighing b').textContent = W.wordWeights;
$('#steer-readings').setAttribute('aria-label', W.readings);
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
