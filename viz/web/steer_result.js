// Before, after and their difference: maps, answers, weights and the table of numbers. Stands before
// steer.js, with which it is one script.

function drawDifference({ shape: [H, W_], data }) {
  const canvas = node('canvas'), context = canvas.getContext('2d');
  canvas.width = W_ * CELL; canvas.height = H * CELL;
  data.forEach((change, i) => {
    const times = change * H * W_, at = 3 * Math.round(127.5 + 127.5 * Math.max(-1, Math.min(1, times / D.reach)));
    context.fillStyle = `rgb(${divergingLut.subarray(at, at + 3)})`;
    context.globalAlpha = 0.85 * Math.min(1, Math.abs(times) / D.veil);
    context.fillRect(CELL * (i % W_), CELL * Math.floor(i / W_), CELL, CELL);
  });
  return canvas;
}
// Grey and pale, so that no colour of the picture is taken for one of the scale.
function fade(context, { width, height }) {
  context.globalCompositeOperation = 'saturation';
  context.fillStyle = '#808080';
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = 'source-over';
  context.fillStyle = '#e2e8f0a8';
  context.fillRect(0, 0, width, height);
}
function drawSide(id, side, layer, description, title) {
  const figure = $(id), canvas = figure.querySelector('canvas'), context = canvas.getContext('2d');
  const scale = LARGE / Math.max(1, side.ratio), photo = new Image();
  figure.querySelector('.frame').style.setProperty('--ratio', side.ratio);
  canvas.width = scale * side.ratio; canvas.height = scale;
  canvas.setAttribute('aria-label', description);
  figure.querySelector('figcaption').replaceChildren(...title);
  figure.querySelector('p').textContent = description;
  photo.onload = () => {
    context.drawImage(photo, 0, 0, canvas.width, canvas.height);
    if (id === '#steer-difference') fade(context, canvas);
    context.imageSmoothingEnabled = false;
    if (layer) context.drawImage(layer, 0, 0, canvas.width, canvas.height);
    if (side.outline) {
      context.setTransform(canvas.width / UNITS, 0, 0, canvas.height / UNITS, 0, 0);
      const path = new Path2D(side.outline);
      context.setTransform(1, 0, 0, 1, 0, 0);
      const scaled = new Path2D();
      scaled.addPath(path, new DOMMatrix([canvas.width / UNITS, 0, 0, canvas.height / UNITS, 0, 0]));
      context.lineWidth = 5; context.strokeStyle = '#000'; context.stroke(scaled);
      context.lineWidth = 2.5; context.strokeStyle = '#fff'; context.setLineDash([9, 5]); context.stroke(scaled);
      context.setLineDash([]);
    }
    element.dataset.drawn = String(Number(element.dataset.drawn || 0) + 1);
  };
  photo.src = side.picture;
}
function titled(word, side) {
  const answer = node('b', '', side.answer + ' ');
  if (side.mark) {
    const sign = node('span', `mark ${side.mark}`, side.mark === 'right' ? '✓' : '✗');
    sign.setAttribute('role', 'img');
    sign.setAttribute('aria-label', W[side.mark]);
    answer.append(sign, ' ');
  }
  answer.append(node('span', 'share', side.shareText));
  const named = node('span', 'named', word + W.colon + side.title);
  named.title = side.title;
  return [named, answer];
}
function drawResult() {
  const { before, after } = result;
  $('#steer-sentence').textContent = untouched() ? props.hints[mode] : result.sentence;
  $('#steer-sentence').classList.toggle('followed', result.followed && !untouched());
  for (const [id, side, word] of [['#steer-before', before, W.before], ['#steer-after', after, W.after]]) {
    const map = unpack(side.map);
    drawSide(id, side, map && drawnMap(map, true), side.description, titled(word, side));
  }
  const changed = unpack(result.difference);
  drawSide('#steer-difference', { ...after, outline: '' }, changed && drawDifference(changed), result.differenceText,
    [node('span', 'named', W.difference), node('b', '', `${W.after} − ${W.before}`)]);
  $('.turn tbody').replaceChildren(...result.rows.map((row) => {
    const line = node('tr'), name = node('th', '', row.answer);
    name.scope = 'row';
    line.append(name, bar(row.before, row.beforeText, row.truth[0]), bar(row.after, row.afterText, row.truth[1]),
      node('td', Math.abs(row.change) < 0.005 ? '' : row.change > 0 ? 'up' : 'down', row.changeText));
    return line;
  }));
  $('.balance').replaceChildren(node('span', 'what', W.weightLine), balance(before), node('span', 'arrow', '→'), balance(after));
  drawReadings(before.words, after.words);
  $('.notes').replaceChildren(...[base.hidden, ...result.notes].filter(Boolean).map((text) => node('p', '', text)));
  if ($('#steer-numbers').open) drawNumbers();
  if (mode === 'picture') element.querySelector('[data-mode="picture"] .photo').src = moving() ? after.picture : base.picture;
}
function bar(share, text, truth) {
  const cell = node('td'), track = node('span', 'track'), filled = node('span', 'fill');
  filled.style.width = 100 * share + '%';
  track.append(filled);
  cell.append(track, node('span', 'number', text));
  if (truth) {
    const sign = node('span', 'mark right', '✓');
    sign.setAttribute('role', 'img');
    sign.setAttribute('aria-label', W.right);
    cell.append(sign);
  }
  return cell;
}
function balance(side) {
  if (side.weight === null) return node('span', 'none', side.weightText);
  const holder = node('span', 'both'), split = node('span', 'split'), filled = node('span');
  split.setAttribute('role', 'img');
  split.setAttribute('aria-label', side.weightText);
  filled.style.width = 100 * side.weight + '%';
  split.append(filled);
  holder.append(split, node('small', '', side.weightText));
  return holder;
}
// The words before and after, with their weights; the stronger a word, the fuller its bar.
function drawReadings(before, after) {
  const sides = [[W.before, before], [W.after, after]];
  $('#steer-readings').hidden = !before && !after;
  $('#steer-readings').replaceChildren(node('span', 'what', W.wordWeights), ...sides.map(([name, list]) => {
    const line = node('p', 'reading');
    line.append(node('b', '', name), ...(list || []).map(({ text, weight: share, off: gone }) => {
      const word = node('span', gone ? 'word off' : 'word', text + ' ');
      word.append(node('small', '', percent(share)));
      word.style.setProperty('--share', 100 * share + '%');
      return word;
    }), ...(list ? [] : [node('i', '', '–')]));
    return line;
  }));
}
function drawNumbers() {
  const sheet = $('#steer-numbers .sheet'), maps = [
    [W.before, unpack(result.before.map)], [W.after, unpack(result.after.map)], [W.difference, unpack(result.difference)]];
  sheet.replaceChildren(...maps.map(([name, map]) => {
    const table = node('table'), caption = table.createCaption();
    caption.textContent = map ? `${name}, ${W.scale}` : name + W.colon + W.noMap;
    if (!map) return table;
    const [H, W_] = map.shape, head = table.createTHead().insertRow();
    const header = (text, scope) => { const cell = node('th', '', text); cell.scope = scope; return cell; };
    head.append(...[W.row, ...Array.from({ length: W_ }, (_, x) => x + 1)].map((text) => header(text, 'col')));
    const rows = table.createTBody();
    for (let y = 0; y < H; y++) {
      const row = rows.insertRow();
      row.append(header(y + 1, 'row'));
      for (let x = 0; x < W_; x++) row.insertCell().textContent = (map.data[y * W_ + x] * H * W_).toFixed(1);
    }
    return table;
  }));
}

