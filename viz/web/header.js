// A projector or a big screen shows everything larger, so that the last row can read it.
const container = element.closest('.gradio-container');
function grow() {
  const zoom = Math.max(1, Math.min(innerWidth / 1480, innerHeight / 810));
  container.style.setProperty('--zoom', zoom.toFixed(3));
}
addEventListener('resize', grow);
grow();

// Light or dark: the visitor's choice wins over the system's and is kept in the browser.
const KEY = 'duet-theme';
function apply(dark) { document.body.classList.toggle('dark', dark); }
function keep(choice) {
  try {
    if (choice) localStorage.setItem(KEY, choice);
    return localStorage.getItem(KEY);
  } catch { return null; }  // some browsers give no storage to a page inside another
}
if (keep()) apply(keep() === 'dark');
element.querySelector('#theme').addEventListener('click', () => {
  const dark = !document.body.classList.contains('dark');
  keep(dark ? 'dark' : 'light');
  apply(dark);
});

// The language: the visitor's choice wins over the browser's and is kept in a cookie, because the
// server says everything. The page comes again with what it shows: in its address where a link can
// hold it, else it waits at the server under a name.
const PATIENCE = 4000;  // milliseconds for a name
function choose(language) {
  // A page inside another one keeps a cookie only if it says that it is kept apart for that one
  const kept = location.protocol === 'https:' ? 'SameSite=None; Secure; Partitioned' : 'SameSite=Lax';
  document.cookie = `${props.cookie}=${language}; path=/; max-age=31536000; ${kept}`;
  const here = new URLSearchParams(location.search);
  const stage = document.querySelector('#stage [data-drawn]');
  const tab = document.querySelector('#tabs [role=tab][aria-selected=true]');
  const name = tab?.id.replace(/-button$/, '').replace(/-tab$/, '');
  if (name) here.set('tab', name);
  const link = stage?.dataset.link;
  for (const [key, value] of new URLSearchParams(link)) here.set(key, value);
  if (link) { location.search = here; return; }
  const go = (carried) => {
    if (carried) here.set('carried', carried);
    location.search = here;
  };
  setTimeout(go, PATIENCE);
  document.dispatchEvent(new CustomEvent('duet-carry', { detail: go }));
}
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-language]');
  if (button) choose(button.dataset.language);
});

// Gradio has no translation for some of its own words: the head of an error, a slider's parts.
const own = Object.entries(props.gradio);
function retell() {
  for (const [english, other] of own) {
    for (const head of document.querySelectorAll('.toast-title')) {
      if (head.textContent.trim() === english) head.textContent = other;
    }
    for (const name of ['title', 'aria-label']) {
      for (const part of document.querySelectorAll(`[${name}^="${english}"]`)) {
        part.setAttribute(name, other + part.getAttribute(name).slice(english.length));
      }
    }
  }
}
if (own.length) {
  new MutationObserver(retell).observe(document.body, { childList: true, subtree: true });
  retell();
}
