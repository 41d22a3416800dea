// The gallery is fetched when it is first opened; what is pressed is answered on the Ask page.
const $ = (selector) => element.querySelector(selector);
const W = props.words, dialog = $('#examples-dialog'), gallery = $('.gallery');
let there = false;

async function open() {
  dialog.showModal();
  if (there) return;
  gallery.textContent = W.loading;
  try {
    gallery.innerHTML = await server.fetch_gallery({});
    there = true;
  } catch { gallery.textContent = W.failed; }
}

$('#examples-open').textContent = W.open;
$('#examples-title').textContent = W.title;
$('#examples-close').textContent = W.close;
$('#examples-open').addEventListener('click', open);
$('#examples-close').addEventListener('click', () => dialog.close());
dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
gallery.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  dialog.close();
  trigger('example', { index: Number(button.dataset.index) });
});
