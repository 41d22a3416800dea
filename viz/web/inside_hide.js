// Hiding words and regions in the diagram, and what stands below it for that. The Ask page shows the
// same, since it is the visit that remembers.
let picked = null;   // what was pressed last: {kind: 'region' | 'token', index}

function hide(change) {
  const { image, question, dropped, erased } = view.shown;
  send('change_inside', { image, question, dropped, erased, ...change, step: asked.step, head: asked.head, temperature: asked.temperature });
}
function tokenOff(index) { return view.shown.dropped.includes(index); }
function hidden(at) { return at.kind === 'token' ? tokenOff(at.index) : !view.regions[at.index]; }
function box(index) {
  const [rows, columns] = view.grid, y = Math.floor(index / columns), x = index % columns;
  return [x / columns, y / rows, (x + 1) / columns, (y + 1) / rows];
}
function toggle(at) {
  const { dropped, erased } = view.shown, side = at.kind === 'token' ? 'question' : 'image';
  picked = at;
  if (!view.shown[side]) return hide({ [side]: true });   // the whole side comes back first
  if (side === 'question') hide({ dropped: hidden(at) ? dropped.filter((i) => i !== at.index) : [...dropped, at.index] });
  else if (hidden(at)) hide({ restore: box(at.index) });
  else hide({ erased: [...erased, box(at.index)] });
}
function drawHiding() {
  const { dropped, erased } = view.shown, button = $('#inside-hide');
  if (picked && picked.index >= (picked.kind === 'token' ? view.tokens : view.regions).length) picked = null;
  const side = picked && (picked.kind === 'token' ? 'question' : 'image');
  button.disabled = !picked;
  if (!picked) button.textContent = W.hideNone;
  else if (!view.shown[side]) button.textContent = side === 'image' ? W.showImage : W.showQuestion;
  else {
    const name = picked.kind === 'token' ? `“${view.tokens[picked.index].text}”` : regionName(picked.index);
    button.textContent = fill(hidden(picked) ? W.show : W.hide, { name });
  }
  $('#inside-restore').hidden = !dropped.length && !erased.length;
}
