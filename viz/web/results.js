// Sections are fetched when the tab is first seen; each figure when it comes near the screen, in
// the look of the page, and again when the look changes.
const root = element.querySelector('.sections');
const NARROW = matchMedia('(max-width: 700px)');
let begun = false;

function look() { return { dark: document.body.classList.contains('dark'), narrow: NARROW.matches }; }
function asked(section) {
  const given = { section: section.dataset.section };
  for (const select of section.querySelectorAll('[data-choice]')) given[select.dataset.choice] = select.value;
  return given;
}

const near = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) draw(target);
}, { rootMargin: '300px' });

// A figure is drawn for one set of choices in one look; an older picture never follows a newer.
async function draw(section) {
  const given = { ...asked(section), ...look() }, wanted = JSON.stringify(given);
  const image = section.querySelector('img');
  if (image.dataset.wanted === wanted) return;
  image.dataset.wanted = wanted;
  try {
    const uri = await server.fetch_figure(given);
    if (image.dataset.wanted !== wanted) return;
    image.src = uri;
    image.dataset.drawn = wanted;
  } catch { delete image.dataset.wanted; }
}
function redraw() {
  for (const section of root.querySelectorAll('[data-section]')) {
    near.unobserve(section);
    near.observe(section);
  }
}

async function begin() {
  if (begun) return;
  begun = true;
  try {
    root.innerHTML = await server.fetch_page({});
    redraw();
  } catch {
    begun = false;
    root.textContent = props.words.failed;
  }
}
new IntersectionObserver((entries) => { if (entries.some((e) => e.isIntersecting)) begin(); }).observe(element);
new MutationObserver(redraw).observe(document.body, { attributeFilter: ['class'] });
NARROW.addEventListener('change', redraw);

// ------------------------------------------------------------------ choices

root.addEventListener('change', async ({ target }) => {
  if (!target.matches('[data-choice]')) return;
  const before = target.closest('[data-section]'), given = asked(before), { id } = target;
  const html = await server.fetch_section(given);
  if (!before.isConnected || JSON.stringify(asked(before)) !== JSON.stringify(given)) return;
  const holder = document.createElement('div');
  holder.innerHTML = html;
  const after = holder.firstElementChild;
  after.style.minHeight = `${before.offsetHeight}px`;
  near.unobserve(before);
  before.replaceWith(after);
  document.getElementById(id).focus({ preventScroll: true });
  await draw(after);
  after.style.minHeight = '';
  near.observe(after);
});

// ------------------------------------------------------------------ sorting and files

root.addEventListener('click', ({ target }) => {
  const button = target.closest('button');
  if (button?.dataset.column) sort(button);
  if (button?.dataset.download) save(button);
});

// Numbers go from the highest down first, names from A on; the next press turns the order round.
function sort(button) {
  const heading = button.closest('th'), body = button.closest('table').tBodies[0];
  const column = Number(button.dataset.column), rows = [...body.rows];
  const keys = new Map(rows.map((row) => [row, row.cells[column].dataset.value]));
  const numbers = rows.every((row) => keys.get(row) !== '' && !Number.isNaN(Number(keys.get(row))));
  const before = heading.getAttribute('aria-sort');
  const first = numbers ? 'descending' : 'ascending', second = numbers ? 'ascending' : 'descending';
  const order = before === first ? second : first, sign = order === 'ascending' ? 1 : -1;
  rows.sort((a, b) => sign * (numbers ? keys.get(a) - keys.get(b) : keys.get(a).localeCompare(keys.get(b))));
  for (const other of heading.parentElement.cells) other.setAttribute('aria-sort', 'none');
  heading.setAttribute('aria-sort', order);
  body.append(...rows);
}

async function save(button) {
  const given = asked(button.closest('[data-section]')), kind = button.dataset.download;
  const link = document.createElement('a');
  link.download = ['duet', given.section, given.questions, given.mask].filter(Boolean).join('-') + `.${kind}`;
  button.disabled = true;
  try {
    link.href = kind === 'png' ? await server.fetch_figure({ ...given, print: true })
      : URL.createObjectURL(new Blob([await server.fetch_table(given)], { type: 'text/csv' }));
    link.click();
  } finally {
    button.disabled = false;
    if (link.href.startsWith('blob:')) setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}
