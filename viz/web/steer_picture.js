// The objects of a scene, moved by pointer or by key.
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
