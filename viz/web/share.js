// The address of what the page shows, and its figure and numbers as files. The stage knows the
// parameters of the newest result; a class's own parameters stay in the address.
const $ = (selector) => element.querySelector(selector);
const W = props.words, save = $('#save'), told = $('.told'), text = $('#link-text');
const way = $('.way');
let asked = 0, begun = 0, left = 0;   // numbers of files: asked for, begun, given up
let hide = null, hider = null, leaveFor = null;

function tell(sentence, link = '', share = null) {
  told.querySelector('p').textContent = sentence;
  told.hidden = !sentence;
  way.hidden = share === null;
  if (share !== null) way.querySelector('progress').value = share;
  text.hidden = !link;
  text.value = link;
  clearTimeout(hide);
  if (sentence && !link && share === null) hide = setTimeout(() => tell(''), 8000);
}
function address(query) {
  const here = new URLSearchParams(location.search), link = new URLSearchParams(query);
  for (const name of props.class_names) if (here.has(name)) link.set(name, here.get(name));
  return `${location.origin}${location.pathname}?${link}`;
}
async function copy() {
  const { link, noLink } = document.querySelector('#stage [data-drawn]').dataset;
  if (noLink) return tell(noLink);
  try {
    await navigator.clipboard.writeText(address(link));
    tell(W.copied);
  } catch {  // no permission, or a page that is not served over https
    tell(W.byHand, address(link));
    text.focus();
    text.select();
  }
}
function download() {
  const { file } = props.value;
  const link = document.createElement('a');
  link.href = `data:${file.mime};base64,${file.data}`;
  link.download = file.name;
  link.click();
  tell(W.saved.replace('{name}', file.name));
}
function leave() {
  left = begun;
  trigger('leave');
}
function cancel() {
  if (begun === asked) leave();   // before that there is nothing yet that could be stopped
  asked += 1;
  tell(W.cancelled);
  save.querySelector('summary').focus();
}
// Tabs go by what stands on them: those that do not fit are in Gradio's menu, without their ids.
function tabButtons() {
  return [...document.querySelectorAll('#tabs > .tab-wrapper :is(.tab-container, .overflow-dropdown) button')];
}
function showOnly(labels) {
  const wrapper = document.querySelector('#tabs > .tab-wrapper');
  const apply = () => {
    for (const button of tabButtons()) {
      const display = labels.includes(button.textContent.trim()) ? '' : 'none';
      if (button.style.display !== display) button.style.display = display;
    }
  };
  apply();
  hider?.disconnect();
  hider = new MutationObserver(apply);
  hider.observe(wrapper, { childList: true, subtree: true });
  dispatchEvent(new Event('resize'));  // Gradio counts again which of them fit
}
function follow() {
  const { tabs, tab } = props.value.followed;
  if (tabs.length) showOnly(tabs);
  if (tab) {
    tabButtons().find((button) => button.tabIndex >= 0 && button.textContent.trim() === tab)?.click();
  }
}

element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button?.id === 'copy-link') copy();
  if (button?.id === 'save-cancel') cancel();
  if (!button?.dataset.kind) return;
  save.open = false;
  save.querySelector('summary').focus();
  tell(W.saving, '', 0);
  asked += 1;
  trigger('save', { kind: button.dataset.kind, sequence: asked });
});
element.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  if (!way.hidden) return cancel();
  if (save.open) save.querySelector('summary').focus();
  save.open = false;
  tell('');
});
document.addEventListener('click', (event) => { if (!save.contains(event.target)) save.open = false; });

$('.share').setAttribute('aria-label', W.group);
$('#copy-link').textContent = W.copy;
$('#save-cancel').textContent = W.cancel;
way.querySelector('progress').setAttribute('aria-label', W.saving);
save.querySelector('summary').textContent = W.save;
text.setAttribute('aria-label', W.copy);
save.querySelector('.menu').replaceChildren(...Object.entries(props.kinds).map(([kind, label]) => {
  const button = document.createElement('button');
  button.type = 'button'; button.className = 'tool'; button.id = 'save-' + kind;
  button.dataset.kind = kind;
  button.textContent = label;
  return button;
}));
watch('value', () => {
  const { file, saving: step, failed, sequence } = props.value;
  if (step) begun = sequence;
  if (step && sequence < asked && left < sequence && way.hidden) leave();
  if (sequence === asked) {   // not of a file that was given up
    if (step) tell(step.said, '', step.share);
    if (file) download();
    if (failed) tell(W.failed);
  }
  if (props.value.followed) follow();
  if (props.value.carried) leaveFor?.(props.value.carried);
});

// Before the page comes again (header.js): what no link can hold waits for it under a name.
document.addEventListener('duet-carry', ({ detail }) => {
  leaveFor = detail;
  trigger('carry');
});
const given = new URLSearchParams(location.search);
if (props.names.some((name) => given.has(name))) {
  trigger('restore', { search: location.search });
  if (given.has(props.carried)) {   // it can be asked for once
    given.delete(props.carried);
    history.replaceState(null, '', given.size ? `?${given}` : location.pathname);
  }
}
