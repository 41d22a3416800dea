// Light or dark: the visitor's choice wins over the system's and is kept in the browser.
const KEY = 'duet-theme';
function apply(dark) { document.body.classList.toggle('dark', dark); }
const kept = localStorage.getItem(KEY);
if (kept) apply(kept === 'dark');
element.querySelector('#theme').addEventListener('click', () => {
  const dark = !document.body.classList.contains('dark');
  localStorage.setItem(KEY, dark ? 'dark' : 'light');
  apply(dark);
});
