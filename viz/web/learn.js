// Lessons are fetched when they are opened, and what the model did when it is revealed; the score
// stays in the browser.
const KEY = 'duet-lessons', STEP = 1 / 12;
const W = props.words, nav = element.querySelector('nav'), body = element.querySelector('.lesson');
const $ = (selector) => body.querySelector(selector);
let open = null, guess = null, options = 0, scores = kept();

function kept() {
  try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; }
}
function keep() {
  try { localStorage.setItem(KEY, JSON.stringify(scores)); } catch { }  // no storage: this visit only
}
function points(number) { return String(Math.round(100 * number) / 100); }
function fill(text, values) { return text.replace(/{(\w+)}/g, (_, name) => values[name]); }

function drawNav() {
  nav.replaceChildren(...props.lessons.map(({ key, title }, i) => {
    const button = document.createElement('button'), done = key in scores;
    button.type = 'button'; button.className = 'tool'; button.id = 'lesson-' + key;
    button.textContent = `${i + 1} ${title}${done ? ' ✓' : ''}`;
    if (done) button.setAttribute('aria-label', fill(W.done, { title, points: points(scores[key]) }));
    if (key === open) button.setAttribute('aria-current', 'step');
    button.addEventListener('click', () => show(key));
    return button;
  }));
  const sum = props.lessons.reduce((total, { key }) => total + (scores[key] || 0), 0);
  element.querySelector('.score').textContent = fill(W.score, { points: points(sum), most: props.lessons.length });
}
async function show(key) {
  open = key; guess = null;
  drawNav();
  body.innerHTML = '';
  body.textContent = W.loading;
  try {
    const lesson = await server.fetch_lesson({ key });
    if (open !== key) return;
    body.innerHTML = lesson.html;
    options = lesson.options;
    if (lesson.kind === 'order') guess = [];
    element.dataset.open = key;
  } catch {
    if (open === key) { body.textContent = W.failed; open = null; }
  }
}
function ready(yes) { $('#learn-reveal').disabled = !yes; }

// ------------------------------------------------------------------ predicting

function mark(x, y) {
  const dot = $('#learn-spot i');
  guess = [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))];
  dot.hidden = false;
  dot.style.left = 100 * guess[0] + '%'; dot.style.top = 100 * guess[1] + '%';
  $('#learn-told').textContent = W.spot;
  ready(true);
}
function order(word) {
  guess = guess.includes(word) ? guess.filter((other) => other !== word) : [...guess, word];
  for (const button of body.querySelectorAll('[data-word]')) {
    const place = guess.indexOf(Number(button.dataset.word));
    button.dataset.place = place < 0 ? '' : place + 1;
    button.setAttribute('aria-pressed', String(place >= 0));
    button.setAttribute('aria-label', place < 0 ? button.textContent
      : fill(W.place, { n: place + 1, word: button.textContent }));
  }
  ready(guess.length === options);
}
async function reveal() {
  const key = open, button = $('#learn-reveal');
  button.disabled = true;
  try {
    const found = await server.fetch_reveal({ key, guess });
    if (open !== key) return;
    if (!(key in scores)) scores[key] = found.score;  // the first prediction counts
    keep();
    drawNav();
    $('.revealed').innerHTML = found.html;
    $('.revealed').focus({ preventScroll: true });
    $('.revealed').scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  } catch {
    $('.revealed').textContent = W.failed;
    button.disabled = false;
  }
}
function tryIt(query) {
  const here = new URLSearchParams(location.search), search = new URLSearchParams(query);
  for (const name of props.class_names) if (here.has(name)) search.set(name, here.get(name));
  search.set('tab', 'ask');
  trigger('restore', { search: '?' + search });
}

body.addEventListener('click', (event) => {
  const spot = event.target.closest('#learn-spot'), button = event.target.closest('button');
  if (spot) {
    const box = spot.getBoundingClientRect();
    mark((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }
  if (!button) return;
  if (button.dataset.word) order(Number(button.dataset.word));
  else if (button.id === 'learn-reveal') reveal();
  else if (button.id === 'learn-try') tryIt(button.dataset.search);
  else if (button.id === 'learn-next') {
    const next = props.lessons.findIndex(({ key }) => key === open) + 1;
    show(props.lessons[next % props.lessons.length].key);
    element.scrollIntoView({ block: 'start' });
  }
});
body.addEventListener('change', ({ target }) => {
  if (target.name !== 'learn-choice') return;
  guess = [Number(target.value)];
  ready(true);
});
body.addEventListener('keydown', (event) => {
  const step = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0] }[event.key];
  if (!step || event.target.id !== 'learn-spot') return;
  mark(...(guess ? [guess[0] + step[0], guess[1] + step[1]] : [0.5, 0.5]));
  event.preventDefault();
});
element.querySelector('#learn-again').addEventListener('click', () => {
  scores = {};
  keep();
  show(props.lessons[0].key);
});
drawNav();
new IntersectionObserver((entries) => {
  if (!open && entries.some((entry) => entry.isIntersecting)) {
    show((props.lessons.find(({ key }) => !(key in scores)) || props.lessons[0]).key);
  }
}).observe(element);
