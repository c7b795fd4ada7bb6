// The labelling page: recordings at the left, what was seen in the middle, instructions at the right, time below.
// Everything loads when it is looked at. An edit is shown once the server has it on its disk.
'use strict';

const $ = (id) => document.getElementById(id);
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
const BLOCK = 1;          // seconds of pictures that are fetched together
const TILE = 20;          // seconds of actions
const KEPT_BLOCKS = 90;   // compressed
const KEPT_BITMAPS = 48;  // ready to be drawn
const ROW = 40;           // px of the list
const WIDTH = 960;        // px, the widest picture that is fetched

const S = {
  recordings: [], annotator: '', index: -1, data: null, labels: new Map(), revision: 0,
  episode: 0, time: 0, playing: false, speed: 1, selected: null, editing: null,
  view: {at: 0, seconds: 30}, shown: null, error: null,
};
window.atoll = S;  // what tests look at

// ---- talking to the server ------------------------------------------------------------------------------------

async function ask(path, query = {}, body) {
  const text = new URLSearchParams(query).toString();
  const answer = await fetch(`api/${path}${text ? '?' + text : ''}`, body === undefined ? {} : {method: 'POST', body});
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({error: answer.statusText}));
    throw new Error(problem.error);
  }
  return answer;
}
const askJson = async (...parts) => (await ask(...parts)).json();

let messageTimer = 0;
function tell(message) {
  $('message').textContent = message;
  clearTimeout(messageTimer);
  messageTimer = setTimeout(() => { $('message').textContent = ''; }, 6000);
}

// ---- pictures -------------------------------------------------------------------------------------------------

const blocks = new Map();   // "recording/episode/block": {pictures: [{t, blob}]} or {loading}
const bitmaps = new Map();  // picture key: ImageBitmap
const tiles = new Map();    // the same for actions

function remember(map, key, value, most) {
  map.delete(key);
  map.set(key, value);
  while (map.size > most) {
    const oldest = map.keys().next().value;
    const old = map.get(oldest);
    if (old && old.close) old.close();
    map.delete(oldest);
  }
  return value;
}

async function fetchPictures(episode, from, to, most) {
  const answer = await ask('pictures', {recording: S.index, episode, from, to, gap: 0, most, width: WIDTH});
  const buffer = await answer.arrayBuffer();
  const view = new DataView(buffer);
  const pictures = [];
  for (let at = 0; at < buffer.byteLength;) {
    const t = view.getFloat64(at, true);
    const size = view.getUint32(at + 8, true);
    pictures.push({t, blob: new Blob([new Uint8Array(buffer, at + 12, size)], {type: 'image/jpeg'})});
    at += 12 + size;
  }
  return pictures;
}

// The pictures of one second; a promise while they are on their way.
function block(number) {
  const key = `${S.index}/${S.episode}/${number}`;
  const known = blocks.get(key);
  if (known) return known;
  const entry = {pictures: null};
  entry.loading = fetchPictures(S.episode, number * BLOCK, (number + 1) * BLOCK - 1e-6, 256)
    .then((pictures) => { entry.pictures = pictures; })
    .catch((error) => { blocks.delete(key); S.error = error.message; tell(error.message); });
  return remember(blocks, key, entry, KEPT_BLOCKS);
}

function pictureAt(pictures, time) {
  let low = 0;
  for (let high = pictures.length; high - low > 1;) {
    const middle = (low + high) >> 1;
    if (pictures[middle].t <= time + 1e-9) low = middle; else high = middle;
  }
  return pictures[low];
}

const bitmapKey = (picture) => `${S.index}/${S.episode}/${picture.t}`;
async function bitmapOf(picture) {
  const key = bitmapKey(picture);
  const known = bitmaps.get(key);
  if (known) return known;
  const bitmap = await createImageBitmap(picture.blob);
  return remember(bitmaps, key, bitmap, KEPT_BITMAPS);
}

let drawing = 0;  // only the newest wish is drawn
async function draw(picture) {
  const wish = ++drawing;
  const {index, episode} = S;
  const bitmap = bitmaps.get(bitmapKey(picture)) || await bitmapOf(picture);
  if (wish !== drawing || index !== S.index || episode !== S.episode) return;
  const canvas = $('picture');
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  S.shown = {index, episode, t: picture.t};
  $('busy').hidden = true;
}

// Shows the picture of the present time; false while it has to be waited for.
function showPicture() {
  const number = Math.floor(S.time / BLOCK);
  const here = block(number);
  if (here.pictures) {
    if (here.pictures.length) {
      const picture = pictureAt(here.pictures, S.time);
      if (!S.shown || S.shown.t !== picture.t || S.shown.episode !== S.episode || S.shown.index !== S.index) draw(picture);
    }
    if (S.playing) {
      for (let ahead = 1; ahead <= 2; ++ahead)
        if ((number + ahead) * BLOCK < episodeNow().seconds) block(number + ahead);
      const next = here.pictures.findIndex((p) => p.t > S.time);
      if (next >= 0) for (const p of here.pictures.slice(next, next + 3)) if (!bitmaps.has(bitmapKey(p))) bitmapOf(p);
    }
    return true;
  }
  return false;
}

// A jump: this one picture first, then what is around it.
let seeking = false;
async function seekPicture() {
  if (seeking) return;
  seeking = true;
  try {
    while (!showPicture()) {
      const {time, episode, index} = S;
      const [picture] = await fetchPictures(episode, time, time, 1);
      if (picture && episode === S.episode && index === S.index) await draw(picture);
      await block(Math.floor(S.time / BLOCK)).loading;
      if (S.time === time && !block(Math.floor(S.time / BLOCK)).pictures) break;  // it cannot be had; the error is shown
    }
  } catch (error) {
    tell(error.message);
  } finally {
    seeking = false;
  }
}

// ---- what was pressed -----------------------------------------------------------------------------------------

function actionTile(number) {
  const key = `${S.index}/${S.episode}/${number}`;
  const known = tiles.get(key);
  if (known) return known;
  const entry = {rows: null};
  askJson('actions', {recording: S.index, episode: S.episode, from: number * TILE, to: (number + 1) * TILE})
    .then((rows) => { entry.rows = rows; redraw(); })
    .catch((error) => { tiles.delete(key); tell(error.message); });
  return remember(tiles, key, entry, 60);
}

function actionAt(time) {
  const {rows} = actionTile(Math.floor(time / TILE));
  if (!rows || !rows.length) return null;
  const row = pictureAt(rows, time);
  return row.t <= time + 1e-9 ? row : null;
}

const svg = (name, attributes, parent) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
};
const caps = new Map();  // control: its node
function buildInputs(keyboard) {
  for (const cap of keyboard) {
    const group = svg('g', {}, $('keyboard'));
    svg('rect', {x: cap.x + .04, y: cap.y + .04, width: cap.width - .08, height: .92, rx: .14}, group);
    svg('text', {x: cap.x + cap.width / 2, y: cap.y + .63}, group).textContent = cap.label;
    caps.set(cap.control, group);
  }
  const mouse = $('mouse');
  svg('rect', {class: 'body', x: -30, y: -48, width: 60, height: 96, rx: 28}, mouse);
  caps.set('mouse_left', svg('path', {class: 'button', d: 'M-30,-8 V-22 A28,26 0 0 1 -4,-48 V-8 Z'}, mouse));
  caps.set('mouse_right', svg('path', {class: 'button', d: 'M30,-8 V-22 A28,26 0 0 0 4,-48 V-8 Z'}, mouse));
  caps.set('mouse_middle', svg('rect', {class: 'button', x: -4, y: -40, width: 8, height: 22, rx: 4}, mouse));
  caps.set('mouse_side', svg('rect', {class: 'button', x: -34, y: -4, width: 5, height: 14, rx: 2}, mouse));
  caps.set('mouse_extra', svg('rect', {class: 'button', x: -34, y: 12, width: 5, height: 14, rx: 2}, mouse));
  svg('line', {id: 'move', class: 'move', x1: 0, y1: 16, x2: 0, y2: 16, visibility: 'hidden'}, mouse);
}

let keysDown = new Set();
function showInputs() {
  const row = actionAt(S.time);
  const down = new Set(row && row.held ? row.held : []);
  for (const control of keysDown) if (!down.has(control)) caps.get(control)?.classList.remove('down');
  for (const control of down) if (!keysDown.has(control)) caps.get(control)?.classList.add('down');
  keysDown = down;
  const move = $('move');
  const [dx, dy] = (row && row.move) || [0, 0];
  const length = Math.hypot(dx, dy);
  move.setAttribute('visibility', length ? 'visible' : 'hidden');
  if (length) {
    const drawn = Math.min(40, 6 + 6 * Math.log2(1 + length));
    move.setAttribute('x2', dx / length * drawn);
    move.setAttribute('y2', 16 + dy / length * drawn);
  }
  let doing = '';  // said once, until something else is
  const rows = actionTile(Math.floor(S.time / TILE)).rows || [];
  for (const r of rows) { if (r.t > S.time) break; if (r.doing) doing = r.doing; }
  $('doing').textContent = doing;
}

// ---- where we are ---------------------------------------------------------------------------------------------

const episodeNow = () => S.data.episodes[S.episode];
const axisNow = () => episodeNow().at + S.time;
const axisEnd = () => { const last = S.data.episodes.at(-1); return last.at + last.seconds; };
const clock = (s) => {
  const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60, rest = (s % 60).toFixed(2).padStart(5, '0');
  return h ? `${h}:${String(m).padStart(2, '0')}:${rest}` : `${m}:${rest}`;
};

function go(episode, time) {
  const {episodes} = S.data;
  S.episode = clamp(episode, 0, episodes.length - 1);
  S.time = clamp(time, 0, episodes[S.episode].seconds);
  follow();
  seekPicture();
  redraw();
}
function goAxis(at) {
  let low = 0;
  for (let high = S.data.episodes.length; high - low > 1;) {
    const middle = (low + high) >> 1;
    if (S.data.episodes[middle].at <= at) low = middle; else high = middle;
  }
  go(low, at - S.data.episodes[low].at);
}
// Keeps the present time in the timeline's view.
function follow() {
  const at = axisNow(), {view} = S;
  if (at < view.at || at > view.at + view.seconds) view.at = at - view.seconds * .15;
  view.at = clamp(view.at, -view.seconds * .1, Math.max(0, axisEnd() - view.seconds * .9));
}

function stepPicture(direction) {
  const here = block(Math.floor(S.time / BLOCK));
  if (!here.pictures) return;
  if (!here.pictures.length) return;
  const now = direction > 0 ? S.time : pictureAt(here.pictures, S.time).t;
  let next = direction > 0 ? here.pictures.find((p) => p.t > now + 1e-9) : here.pictures.filter((p) => p.t < now - 1e-9).at(-1);
  if (next) return go(S.episode, next.t);
  const number = Math.floor(S.time / BLOCK) + direction;
  if (number < 0 || number * BLOCK >= episodeNow().seconds) return;
  const wait = block(number);
  Promise.resolve(wait.loading).then(() => {
    if (!wait.pictures) return;
    next = direction > 0 ? wait.pictures.find((p) => p.t > now + 1e-9) : wait.pictures.filter((p) => p.t < now - 1e-9).at(-1);
    go(S.episode, next ? next.t : clamp(number * BLOCK + (direction > 0 ? 0 : BLOCK - 1e-3), 0, episodeNow().seconds));
  });
}

let lastTick = 0, stalled = 0;
function tick(now) {
  requestAnimationFrame(tick);
  const passed = Math.min(.1, (now - lastTick) / 1000);
  lastTick = now;
  if (!S.data || !S.playing) return;
  if (!showPicture()) {
    if (now - stalled > 250) $('busy').hidden = false;
    return;
  }
  stalled = now;
  const end = episodeNow().seconds;
  S.time = Math.min(end, S.time + passed * S.speed);
  if (S.time >= end) setPlaying(false);
  follow();
  redraw();
}
function setPlaying(on) {
  if (on && S.time >= episodeNow().seconds) S.time = 0;
  S.playing = on;
  stalled = performance.now();
  $('play').textContent = on ? 'Stop' : 'Play';
  if (!on) saveplace();
}
const SPEEDS = [.25, .5, 1, 1.5, 2, 4];
function changeSpeed(by) {
  S.speed = SPEEDS[clamp(SPEEDS.indexOf(S.speed) + by, 0, SPEEDS.length - 1)];
  redraw();
}
function saveplace() { history.replaceState(null, '', `#${S.index}/${S.episode}/${S.time.toFixed(3)}`); }

// ---- labels ---------------------------------------------------------------------------------------------------

let ordered = [];  // ids by their place on the axis
function order() {
  ordered = [...S.labels.keys()].sort((a, b) => {
    const x = S.labels.get(a), y = S.labels.get(b);
    return x.episode - y.episode || x.begin - y.begin || a - b;
  });
  overviewStale = true;
}
const ofEpisode = () => ordered.filter((id) => S.labels.get(id).episode === S.episode);
const holdsNow = (label) => label.episode === S.episode && label.begin <= S.time + 1e-9 && S.time < label.end;
const selectedLabel = () => S.selected !== null && S.labels.get(S.selected) || null;

function select(id) { S.selected = id; redraw(); }

// One edit after the other; each tells the server which labels it was made on.
let queue = Promise.resolve();
function send(path, body, query = {}) {
  const run = queue.then(async () => {
    const answer = await askJson(path, {recording: S.index, ...query}, body ? JSON.stringify({...body, revision: S.revision}) : '');
    S.revision = answer.revision;
    S.undo = answer.undo;
    S.redo = answer.redo;
    for (const {id, label} of answer.changes) {
      if (label) S.labels.set(id, label); else S.labels.delete(id);
    }
    if (S.selected !== null && !S.labels.has(S.selected)) S.selected = null;
    order();
    if (answer.changes.length) {
      $('saved').className = 'soft';
      $('saved').textContent = `saved ${new Date().toLocaleTimeString()} \u00b7 edit ${S.revision}`;
    }
    renderList();
    redraw();
    return answer.changes;
  });
  queue = run.catch((error) => {
    $('saved').className = 'bad';
    $('saved').textContent = 'not saved';
    tell(error.message);
  });
  return run.catch(() => []);
}
const edit = (what, changes) => send('edit', {what, changes});
const change = (what, label, fields) => edit(what, [{id: S.selected, label: {...label, ...fields}}]);

async function travel(path) {
  const changes = await send(path);
  if (!changes.length) return tell(path === 'undo' ? 'nothing to undo' : 'nothing to do again');
  const {id, label} = changes[0];
  if (label) { select(id); go(label.episode, label.begin); }
}

function openEditor(id) {
  setPlaying(false);
  S.editing = {id, time: S.time, episode: S.episode};
  $('text').value = id === null ? '' : S.labels.get(id).text;
  $('known').replaceChildren(...[...new Set([...S.labels.values()].map((l) => l.text))].slice(0, 300).map((text) => {
    const option = document.createElement('option');
    option.value = text;
    return option;
  }));
  $('editor').hidden = false;
  $('text').focus();
  $('text').select();
}
function closeEditor() {
  S.editing = null;
  $('editor').hidden = true;
  $('text').blur();
}
async function submitEditor() {
  const text = $('text').value.trim();
  const editing = S.editing;
  closeEditor();
  if (!editing || !text) return;
  if (editing.id !== null) return edit('words', [{id: editing.id, label: {...S.labels.get(editing.id), text}}]);
  const end = S.data.episodes[editing.episode].seconds;
  const begin = Math.min(editing.time, end - .05);
  const later = ofEpisode().map((id) => S.labels.get(id).begin).filter((b) => b > begin + .05);
  const label = {episode: editing.episode, text, begin, end: Math.min(end, ...later), source: 'annotator', mark: 'unknown'};
  const [made] = await edit('new', [{id: null, label}]);
  if (made) select(made.id);
}
function split() {
  const label = selectedLabel();
  if (!label || !holdsNow(label) || S.time - label.begin < .01 || label.end - S.time < .01)
    return tell('go to a time inside the selected instruction to split it there');
  edit('split', [{id: S.selected, label: {...label, end: S.time}},
                 {id: null, label: {...label, begin: S.time, source: 'annotator'}}]).then((made) => made[1] && select(made[1].id));
}
const needSelected = () => { const label = selectedLabel(); if (!label) tell('select an instruction first: \u2191 \u2193 or a click'); return label; };
function setBegin() {
  const label = needSelected();
  if (!label) return;
  if (label.episode !== S.episode || S.time >= label.end) return tell('the begin lies before the end');
  change('begin', label, {begin: S.time});
}
function setEnd() {
  const label = needSelected();
  if (!label) return;
  if (label.episode !== S.episode || S.time <= label.begin) return tell('the end lies after the begin');
  change('end', label, {end: S.time});
}
function setMark(mark) { const label = needSelected(); if (label) change('mark', label, {mark}); }
function remove() { if (needSelected()) edit('delete', [{id: S.selected, label: null}]); }
function neighbour(direction) {
  const ids = ofEpisode();
  if (!ids.length) return;
  const at = ids.indexOf(S.selected);
  const next = at >= 0 ? ids[clamp(at + direction, 0, ids.length - 1)]
    : ids.find((id) => holdsNow(S.labels.get(id))) ?? ids[direction > 0 ? 0 : ids.length - 1];
  select(next);
  const label = S.labels.get(next);
  go(label.episode, label.begin);
}

// ---- the list at the left -------------------------------------------------------------------------------------

let rows = [];
let counts = [];  // labels of each episode
function renderRows() {
  const wanted = $('filter').value.trim().toLowerCase();
  counts = S.data ? new Array(S.data.episodes.length).fill(0) : [];
  const texts = S.data ? S.data.episodes.map((e) => `${e.task} ${e.verdict}`.toLowerCase()) : [];
  for (const label of S.labels.values()) {
    ++counts[label.episode];
    if (wanted) texts[label.episode] += ' ' + label.text.toLowerCase();
  }
  rows = [];
  S.recordings.forEach((recording, index) => {
    const episodes = index === S.index && S.data ? S.data.episodes.map((e, i) => i).filter((i) => !wanted || texts[i].includes(wanted)) : [];
    if (wanted && !episodes.length && !recording.name.toLowerCase().includes(wanted)) return;
    rows.push({recording: index});
    for (const episode of episodes) rows.push({recording: index, episode});
  });
}
function renderList() {
  renderRows();
  drawList();
}
function drawList() {
  const list = $('list');
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
  const last = Math.min(rows.length, first + Math.ceil(list.clientHeight / ROW) + 9);
  const nodes = [];
  const spacer = document.createElement('div');
  spacer.style.height = `${rows.length * ROW}px`;
  nodes.push(spacer);
  for (let i = first; i < last; ++i) {
    const row = rows[i], node = document.createElement('div'), small = document.createElement('small');
    node.style.top = `${i * ROW}px`;
    node.setAttribute('role', 'option');
    if (row.episode === undefined) {
      const recording = S.recordings[row.recording];
      node.className = `item recording${row.recording === S.index ? ' here' : ''}`;
      node.textContent = recording.name;
      small.textContent = `${recording.world} \u00b7 ${recording.megabytes.toFixed(1)} MB${recording.annotators.length ? ' \u00b7 ' + recording.annotators.join(', ') : ''}`;
      node.onclick = () => { if (row.recording !== S.index) openRecording(row.recording, 0, 0); };
    } else {
      const episode = S.data.episodes[row.episode];
      node.className = `item episode${row.episode === S.episode ? ' here' : ''}`;
      node.textContent = `${row.episode}  ${episode.task || '(nothing was asked for)'}`;
      small.textContent = `${clock(episode.seconds)} \u00b7 ${episode.verdict} \u00b7 ${counts[row.episode]} instruction${counts[row.episode] === 1 ? '' : 's'}`;
      node.onclick = () => go(row.episode, 0);
    }
    node.append(small);
    nodes.push(node);
  }
  list.replaceChildren(...nodes);
}
function revealEpisode() {
  const at = rows.findIndex((row) => row.recording === S.index && row.episode === S.episode);
  const list = $('list');
  if (at < 0) return;
  if (at * ROW < list.scrollTop) list.scrollTop = at * ROW;
  else if ((at + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (at + 1) * ROW - list.clientHeight;
}

// ---- what is redrawn when anything changes ---------------------------------------------------------------------

let redrawWanted = false, listedEpisode = -1, overviewStale = true, labelsDrawn = '';
function redraw() {
  if (redrawWanted) return;
  redrawWanted = true;
  requestAnimationFrame(() => {
    redrawWanted = false;
    if (!S.data) return;
    $('clock').textContent = `${clock(S.time)} / ${clock(episodeNow().seconds)}   episode ${S.episode + 1} of ${S.data.episodes.length}`;
    $('speed').textContent = S.speed === 1 ? '' : `${S.speed}\u00d7`;
    $('undo').disabled = !S.undo;
    $('redo').disabled = !S.redo;
    $('undo').title = S.undo ? `take back: ${S.undo} (Ctrl+Z)` : 'Ctrl+Z';
    const told = ofEpisode().map((id) => S.labels.get(id)).filter(holdsNow).at(-1);
    $('instruction').textContent = told ? told.text : '';
    if (listedEpisode !== S.episode) {
      listedEpisode = S.episode;
      drawList();
      revealEpisode();
    }
    showInputs();
    drawLabels();
    drawTimeline();
    drawOverview();
  });
}

function drawLabels() {
  const ids = ofEpisode();
  const key = `${S.index}/${S.episode}/${S.revision}/${S.selected}/${ids.filter((id) => holdsNow(S.labels.get(id)))}`;
  if (key === labelsDrawn) return;
  labelsDrawn = key;
  $('labels').replaceChildren(...ids.map((id) => {
    const label = S.labels.get(id), item = document.createElement('li'), words = document.createElement('b'), line = document.createElement('div');
    item.className = `${label.mark}${id === S.selected ? ' selected' : ''}${holdsNow(label) ? ' now' : ''}`;
    words.textContent = label.text;
    line.className = 'soft';
    line.textContent = `${clock(label.begin)} \u2013 ${clock(label.end)} \u00b7 ${label.mark} \u00b7 ${label.source}`;
    item.append(words, line);
    item.onclick = () => { select(id); go(label.episode, label.begin); };
    item.ondblclick = () => openEditor(id);
    if (id === S.selected) {
      const marks = document.createElement('div');
      marks.className = 'marks';
      for (const [mark, name, cls] of [['succeeded', 'succeeded 1', 'good'], ['failed', 'failed 2', 'bad'], ['unknown', 'unknown 3', '']]) {
        const button = document.createElement('button');
        button.textContent = name;
        button.className = cls;
        button.disabled = label.mark === mark;
        button.onclick = (event) => { event.stopPropagation(); setMark(mark); };
        marks.append(button);
      }
      item.append(marks);
    }
    return item;
  }));
  $('labels').querySelector('.selected')?.scrollIntoView({block: 'nearest'});
  const {verdict, reason, player} = episodeNow();
  $('verdict').textContent = `Recorded: ${player}, ${verdict}${reason ? ': ' + reason : ''}`;
}

let colours = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['ink', 'soft', 'line', 'page', 'card', 'track', 'accent', 'good', 'bad', 'unknown']) colours[name] = style.getPropertyValue(`--${name}`).trim();
  overviewStale = true;
}
const markColour = (mark) => ({succeeded: colours.good, failed: colours.bad, unknown: colours.unknown})[mark];

function prepare(canvas) {
  const scale = devicePixelRatio, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const g = canvas.getContext('2d');
  g.setTransform(scale, 0, 0, scale, 0, 0);
  return {g, width, height};
}

// Labels in view with their lane: overlapping ones lie below each other.
function visibleLabels(from, to) {
  const found = [], lanes = [];
  for (const id of ordered) {
    const label = S.labels.get(id), at = S.data.episodes[label.episode].at;
    const begin = at + label.begin, end = at + label.end;
    if (begin > to) break;
    if (end < from) continue;
    let lane = lanes.findIndex((free) => free <= begin + 1e-6);
    if (lane < 0) lane = lanes.length;
    lanes[lane] = end;
    found.push({id, label, begin, end, lane: Math.min(lane, 2)});
  }
  return found;
}

const RULER = 18, ACTIVITY = 14, LANE = 22;
function drawTimeline() {
  const {g, width, height} = prepare($('timeline'));
  const {at, seconds} = S.view, x = (t) => (t - at) / seconds * width;
  g.fillStyle = colours.track;
  g.fillRect(0, 0, width, height);
  const step = [.1, .2, .5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200].find((s) => s / seconds * width > 80) || 14400;
  g.font = '11px system-ui, sans-serif';
  g.textBaseline = 'middle';
  for (const episode of S.data.episodes) {
    if (episode.at > at + seconds) break;
    if (episode.at + episode.seconds < at) continue;
    const left = Math.max(0, x(episode.at)), right = Math.min(width, x(episode.at + episode.seconds));
    g.fillStyle = colours.card;
    g.fillRect(left, RULER, Math.max(1, right - left), height - RULER);
  }
  g.fillStyle = colours.soft;
  for (let t = Math.max(0, Math.ceil(at / step) * step); t < at + seconds; t += step) {
    g.fillRect(x(t), 12, 1, 6);
    g.fillText(step < 1 ? clock(t) : clock(t).slice(0, -3), x(t) + 4, 8);
  }
  drawActivity(g, x, width);
  const top = RULER + ACTIVITY + 4;
  for (const {id, label, begin, end, lane} of visibleLabels(at, at + seconds)) {
    const left = x(begin), right = Math.max(left + 3, x(end)), y = top + lane * LANE;
    g.globalAlpha = id === S.selected ? .95 : .55;
    g.fillStyle = markColour(label.mark);
    g.fillRect(left, y, right - left - 1, LANE - 3);
    g.globalAlpha = 1;
    if (id === S.selected) {
      g.strokeStyle = colours.ink;
      g.lineWidth = 2;
      g.strokeRect(left + 1, y + 1, right - left - 3, LANE - 5);
    }
    const room = Math.min(right, width) - Math.max(left, 0) - 8;
    if (room > 24) {
      g.save();
      g.beginPath();
      g.rect(Math.max(left, 0), y, room + 6, LANE);
      g.clip();
      g.fillStyle = colours.ink;
      g.fillText(label.text, Math.max(left, 0) + 5, y + (LANE - 3) / 2);
      g.restore();
    }
  }
  const now = x(axisNow());
  g.fillStyle = colours.accent;
  g.fillRect(now - 1, 0, 2, height);
  g.beginPath();
  g.moveTo(now - 6, 0); g.lineTo(now + 6, 0); g.lineTo(now, 8);
  g.fill();
}

// How much was pressed and moved, where that has been loaded: of the present episode, when the view is not too wide.
function drawActivity(g, x, width) {
  const episode = episodeNow();
  const from = Math.max(0, S.view.at - episode.at), to = Math.min(episode.seconds, S.view.at + S.view.seconds - episode.at);
  if (to <= from || to - from > 12 * TILE) return;
  g.fillStyle = colours.soft;
  for (let number = Math.floor(from / TILE); number * TILE < to; ++number) {
    const {rows: actions} = actionTile(number);
    for (const row of actions || []) {
      if (!row.held && !row.move && !row.wheel) continue;
      const left = x(episode.at + row.t);
      if (left < -2 || left > width) continue;
      const much = Math.min(1, (row.held ? row.held.length * .3 : 0) + (row.move ? .4 : 0));
      g.fillRect(left, RULER + 1 + ACTIVITY * (1 - much), Math.max(1, S.data.rate_hz ? width / S.view.seconds / S.data.rate_hz - .5 : 1), ACTIVITY * much);
    }
  }
}

let overviewPicture = null;
function drawOverview() {
  const canvas = $('overview'), {g, width, height} = prepare(canvas);
  const end = axisEnd() || 1, x = (t) => t / end * width;
  if (overviewStale || !overviewPicture || overviewPicture.width !== canvas.width) {
    overviewStale = false;
    g.fillStyle = colours.track;
    g.fillRect(0, 0, width, height);
    S.data.episodes.forEach((episode, i) => {
      g.fillStyle = i % 2 ? colours.card : colours.line;
      g.fillRect(x(episode.at), 0, Math.max(.5, x(episode.seconds)), height);
    });
    for (const label of S.labels.values()) {
      g.fillStyle = markColour(label.mark);
      g.fillRect(x(S.data.episodes[label.episode].at + label.begin), height - 8, Math.max(.7, x(label.end - label.begin)), 8);
    }
    overviewPicture = g.getImageData(0, 0, canvas.width, canvas.height);
  } else {
    g.putImageData(overviewPicture, 0, 0);
  }
  g.strokeStyle = colours.accent;
  g.lineWidth = 1.5;
  g.strokeRect(x(Math.max(0, S.view.at)) + .75, .75, Math.max(3, x(S.view.seconds)) - 1.5, height - 1.5);
  g.fillStyle = colours.accent;
  g.fillRect(x(axisNow()) - 1, 0, 2, height);
}

function zoom(factor, at = axisNow()) {
  const {view} = S;
  const seconds = clamp(view.seconds * factor, 1, Math.max(10, axisEnd() * 1.1));
  view.at = at - (at - view.at) * seconds / view.seconds;
  view.seconds = seconds;
  redraw();
}

// ---- the mouse on the timeline ---------------------------------------------------------------------------------

let drag = null;
function timelineAt(event) {
  const box = $('timeline').getBoundingClientRect();
  const at = S.view.at + (event.clientX - box.left) / box.width * S.view.seconds;
  const perPixel = S.view.seconds / box.width;
  const lane = Math.floor((event.clientY - box.top - RULER - ACTIVITY - 4) / LANE);
  const hit = lane < 0 ? null : visibleLabels(at - 4 * perPixel, at + 4 * perPixel).filter((l) => l.lane === lane)
    .sort((a, b) => (b.id === S.selected) - (a.id === S.selected))[0] || null;
  let edge = null;
  if (hit && Math.abs(hit.begin - at) < 5 * perPixel) edge = 'begin';
  if (hit && Math.abs(hit.end - at) < 5 * perPixel) edge = 'end';
  return {at, hit, edge};
}
$('timeline').addEventListener('pointerdown', (event) => {
  if (!S.data || event.button !== 0) return;
  $('timeline').setPointerCapture(event.pointerId);
  setPlaying(false);
  const {at, hit, edge} = timelineAt(event);
  if (hit) select(hit.id);
  drag = hit && edge ? {id: hit.id, edge, before: {...hit.label}} : {scrub: true};
  if (drag.scrub) goAxis(at);
});
$('timeline').addEventListener('pointermove', (event) => {
  if (!S.data) return;
  const {at, edge} = timelineAt(event);
  if (!drag) { $('timeline').style.cursor = edge ? 'ew-resize' : 'pointer'; return; }
  if (drag.scrub) return goAxis(clamp(at, 0, axisEnd()));
  const label = S.labels.get(drag.id), episode = S.data.episodes[label.episode];
  const time = clamp(at - episode.at, 0, episode.seconds);
  if (drag.edge === 'begin') label.begin = Math.min(time, label.end - .02); else label.end = Math.max(time, label.begin + .02);
  go(label.episode, drag.edge === 'begin' ? label.begin : label.end);
});
$('timeline').addEventListener('pointerup', () => {
  if (drag && !drag.scrub) {
    const label = {...S.labels.get(drag.id)};
    S.labels.set(drag.id, drag.before);  // the server says what holds
    if (label.begin !== drag.before.begin || label.end !== drag.before.end) edit(drag.edge, [{id: drag.id, label}]);
  }
  drag = null;
  if (S.data) saveplace();
});
$('timeline').addEventListener('dblclick', (event) => { const {hit} = timelineAt(event); if (hit) openEditor(hit.id); });
$('timeline').addEventListener('wheel', (event) => {
  event.preventDefault();
  if (!S.data) return;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    S.view.at += (event.deltaX || event.deltaY) / $('timeline').clientWidth * S.view.seconds;
    S.view.at = clamp(S.view.at, 0, Math.max(0, axisEnd() - S.view.seconds * .5));
    redraw();
  } else {
    zoom(Math.exp(event.deltaY * .0015), timelineAt(event).at);
  }
}, {passive: false});
const overviewAt = (event) => {
  const box = $('overview').getBoundingClientRect();
  goAxis(clamp((event.clientX - box.left) / box.width, 0, 1) * axisEnd());
};
$('overview').addEventListener('pointerdown', (event) => { if (S.data) { $('overview').setPointerCapture(event.pointerId); setPlaying(false); overviewAt(event); } });
$('overview').addEventListener('pointermove', (event) => { if (S.data && event.buttons & 1) overviewAt(event); });

// ---- keys ------------------------------------------------------------------------------------------------------

async function draft() {
  if (!S.recordings[S.index].drafts) return tell(`there is no rule that drafts labels for the world ${S.data.world}`);
  const made = await send('draft', null, {episode: S.episode});
  tell(made.length ? `${made.length} instructions drafted` : 'the rule found nothing new in this episode');
}

const KEYS = {
  ' ': () => setPlaying(!S.playing),
  'ArrowLeft': (event) => { setPlaying(false); if (event.shiftKey) go(S.episode, S.time - 1); else stepPicture(-1); },
  'ArrowRight': (event) => { setPlaying(false); if (event.shiftKey) go(S.episode, S.time + 1); else stepPicture(1); },
  'ArrowUp': () => neighbour(-1),
  'ArrowDown': () => neighbour(1),
  'Home': () => go(S.episode, 0),
  'End': () => go(S.episode, episodeNow().seconds),
  'PageUp': () => go(S.episode - 1, 0),
  'PageDown': () => go(S.episode + 1, 0),
  '+': () => zoom(.6), '=': () => zoom(.6), '-': () => zoom(1 / .6),
  'j': () => changeSpeed(-1), 'l': () => changeSpeed(1),
  'n': () => openEditor(null),
  'Enter': () => { if (needSelected()) openEditor(S.selected); },
  'i': setBegin, 'o': setEnd, 's': split,
  '1': () => setMark('succeeded'), '2': () => setMark('failed'), '3': () => setMark('unknown'),
  'Delete': remove, 'Backspace': remove,
  'g': () => { const label = needSelected(); if (label) go(label.episode, label.begin); },
  'h': draft,
  '/': () => { $('filter').focus(); $('filter').select(); },
  '?': () => $('keys').showModal(),
  'Escape': () => select(null),
};
document.addEventListener('keydown', (event) => {
  if ($('keys').open || !S.data) return;
  const typing = event.target instanceof HTMLInputElement;
  if (event.key === 'Escape' && typing) {
    if (event.target === $('text')) closeEditor();
    event.target.blur();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && !typing && ['z', 'y'].includes(event.key.toLowerCase())) {
    event.preventDefault();
    travel(event.shiftKey || event.key.toLowerCase() === 'y' ? 'redo' : 'undo');
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = KEYS[event.key] || KEYS[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  if (document.activeElement instanceof HTMLButtonElement) document.activeElement.blur();
  action(event);
  if (!S.playing) saveplace();
});
$('editor').addEventListener('submit', (event) => { event.preventDefault(); submitEditor(); });
$('play').onclick = () => S.data && setPlaying(!S.playing);
$('undo').onclick = () => travel('undo');
$('redo').onclick = () => travel('redo');
$('help').onclick = () => $('keys').showModal();
$('add').onclick = () => S.data && openEditor(null);
$('draft').onclick = () => S.data && draft();
$('filter').addEventListener('input', () => { renderList(); $('list').scrollTop = 0; });
$('list').addEventListener('scroll', drawList);
addEventListener('resize', () => { overviewStale = true; drawList(); redraw(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { readColours(); redraw(); });

// ---- opening ---------------------------------------------------------------------------------------------------

async function openRecording(index, episode, time) {
  setPlayingOff();
  S.index = index;
  S.data = null;
  S.shown = null;
  S.selected = null;
  S.labels = new Map();
  $('busy').hidden = false;
  renderList();
  try {
    const data = await askJson('recording', {recording: index});
    if (S.index !== index) return;
    S.data = data;
    S.revision = data.revision;
    S.undo = data.undo;
    S.redo = data.redo;
    S.labels = new Map(data.labels.map(({id, ...label}) => [id, label]));
    S.view = {at: 0, seconds: Math.max(5, Math.min(60, axisEnd()))};
    order();
    listedEpisode = -1;
    const recording = S.recordings[index];
    document.title = `${recording.name}: label`;
    $('title').textContent = recording.name;
    $('facts').textContent = `${data.world} \u00b7 ${data.episodes.length} episodes \u00b7 ${clock(axisEnd()).replace(/\.\d+$/, '')} \u00b7 annotator ${S.annotator}`;
    $('draft').hidden = !recording.drafts;
    if (!data.episodes.length) { S.data = null; tell('this recording has no episodes'); return; }
    renderList();
    go(episode, time);
  } catch (error) {
    S.error = error.message;
    tell(error.message);
  }
}
function setPlayingOff() { S.playing = false; $('play').textContent = 'Play'; }

async function begin() {
  readColours();
  const found = await askJson('recordings');
  S.recordings = found.recordings;
  S.annotator = found.annotator;
  buildInputs(found.keyboard);
  const [index, episode, time] = location.hash.slice(1).split('/').map(Number);
  const known = index >= 0 && index < S.recordings.length;
  await openRecording(known ? index : 0, known ? episode || 0 : 0, known ? time || 0 : 0);
  requestAnimationFrame(tick);
}
begin().catch((error) => tell(error.message));
