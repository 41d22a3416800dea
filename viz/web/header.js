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
