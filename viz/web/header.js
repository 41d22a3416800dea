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
