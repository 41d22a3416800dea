// Pictures that come by drawing, webcam, pasting or dropping. Each becomes a file and goes the way
// of the Upload button, so that there is one way in and one place where pictures are checked.
const $ = (selector) => element.querySelector(selector);
const INPUTS = { ask: '#picture-row input[type=file]', steer: '#steer-upload-row input[type=file]' };
const W = props.words, INKS = props.inks;
const dialog = $('#picture-dialog'), pad = $('#pad'), camera = $('#camera');
const context = pad.getContext('2d');
let ink = INKS[0], last = null, stream = null;

function give(file) {
  const steered = document.querySelector('#steer [data-mode="picture"].pane')?.checkVisibility();
  const input = document.querySelector(steered ? INPUTS.steer : INPUTS.ask);
  if (!input || !file) return;
  const transfer = new DataTransfer();
  transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}
function clear() {
  context.fillStyle = '#fff';
  context.fillRect(0, 0, pad.width, pad.height);
}
function open(drawing) {
  $('#picture-title').textContent = drawing ? W.drawTitle : W.webcamTitle;
  pad.hidden = $('.inks').hidden = $('.brush').hidden = $('#picture-clear').hidden = !drawing;
  camera.hidden = drawing;
  dialog.showModal();
}
function close() {
  if (stream) stream.getTracks().forEach((track) => track.stop());
  stream = null; camera.srcObject = null;
  dialog.close();
}
function line(event) {
  const box = pad.getBoundingClientRect(), scale = pad.width / box.width;
  const point = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  context.strokeStyle = ink; context.lineCap = context.lineJoin = 'round';
  context.lineWidth = $('#brush-size').value;
  context.beginPath();
  context.moveTo(...(last || point)); context.lineTo(...point);
  context.stroke();
  last = point;
}
async function film() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: true });
    camera.srcObject = stream;
    open(false);
  } catch (error) {
    $('#webcam').textContent = W.noWebcam;
  }
}
function use() {
  let source = pad;
  if (!camera.hidden) {
    if (!camera.videoWidth) return;
    source = document.createElement('canvas');
    source.width = camera.videoWidth; source.height = camera.videoHeight;
    source.getContext('2d').drawImage(camera, 0, 0);
  }
  source.toBlob((blob) => { give(new File([blob], 'picture.png', { type: 'image/png' })); close(); });
}

$('#draw').textContent = W.draw;
$('#webcam').textContent = W.webcam;
$('#picture-clear').textContent = W.clear;
$('#picture-cancel').textContent = W.cancel;
$('#picture-use').textContent = W.use;
$('.brush span').textContent = W.brush;
pad.setAttribute('aria-label', W.paper);
$('.inks').setAttribute('aria-label', W.brush);
$('.inks').append(...INKS.map((colour, i) => {
  const button = document.createElement('button');
  button.type = 'button'; button.style.background = colour; button.dataset.ink = colour;
  button.setAttribute('role', 'radio');
  button.setAttribute('aria-label', props.ink_names[i]);
  button.setAttribute('aria-checked', String(i === 0));
  return button;
}));
clear();

$('#draw').addEventListener('click', () => open(true));
$('#webcam').addEventListener('click', film);
$('#picture-clear').addEventListener('click', clear);
$('#picture-cancel').addEventListener('click', close);
$('#picture-use').addEventListener('click', use);
dialog.addEventListener('cancel', close);
$('.inks').addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  ink = button.dataset.ink;
  for (const other of $('.inks').children) other.setAttribute('aria-checked', String(other === button));
});
pad.addEventListener('pointerdown', (event) => { pad.setPointerCapture(event.pointerId); last = null; line(event); });
pad.addEventListener('pointermove', (event) => { if (event.buttons) line(event); });
pad.addEventListener('pointerup', () => { last = null; });

document.addEventListener('paste', (event) => {
  const file = [...(event.clipboardData?.files || [])].find((f) => f.type.startsWith('image/'));
  if (file) { event.preventDefault(); give(file); }
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  give(event.dataTransfer?.files?.[0]);
});
