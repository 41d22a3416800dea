// The weight of the image, those of the words, and the attention heads: sliders and switches.
function drawHand() {
  const own = result?.before?.weight ?? null, now = weight ?? own;
  $('#steer-strength-row output').textContent = percent($('#steer-strength').value / 100);
  if (now !== null) $('#steer-weight').value = 100 * now;
  $('#steer-weight-row output').textContent = now === null ? '–' : percent(now);
  $('#steer-own').disabled = weight === null;
  drawWeighing();
  for (const chip of element.querySelectorAll('#steer-heads button')) {
    chip.setAttribute('aria-pressed', String(!off.has(chip.dataset.head)));
  }
}
// A slider for each word. They stay the same elements while one of them is dragged.
function drawWeighing() {
  const holder = $('#steer-weighing .sliders'), own = result?.before?.words;
  $('#steer-words-own').disabled = reading === null;
  if (base.noWords || !own) return holder.replaceChildren(node('span', 'why', base.noWords));
  if (holder.querySelectorAll('input').length !== own.length) {
    holder.replaceChildren(...own.map(({ text, off: gone }, i) => {
      const row = node('label'), slider = node('input');
      Object.assign(slider, { type: 'range', min: 0, max: 100, step: 1, disabled: gone });
      slider.dataset.weigh = i;
      slider.setAttribute('aria-label', fill(W.wordWeight, { word: text }));
      row.append(node('span', gone ? 'off' : '', text), node('output'), slider);
      return row;
    }));
  }
  own.forEach(({ text, weight: share }, i) => {
    const row = holder.children[i], now = reading ? reading[i] : share;
    row.querySelector('span').textContent = text;
    row.querySelector('output').textContent = percent(now);
    const slider = row.querySelector('input');
    if (slider !== document.activeElement || Math.abs(slider.value - 100 * now) > 1) slider.value = 100 * now;
  });
}
// One word gets the weight that is wished; the others share the rest as they did before.
function weigh(i, share) {
  const own = result.before.words, now = reading || own.map((word) => word.weight);
  const rest = now.reduce((sum, part, j) => sum + (j === i ? 0 : part), 0);
  const others = own.filter((word, j) => j !== i && !word.off).length;
  if (!others) return;
  reading = now.map((part, j) => {
    if (j === i) return share;
    if (own[j].off) return 0;
    return (1 - share) * (rest > 0 ? part / rest : 1 / others);
  });
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
