// The setter's page: the player's screen live, and what is asked of them.
'use strict';

const $ = (id) => document.getElementById(id);
const S = {number: 0, drawn: 0, status: null, times: [], recall: -1};
window.atoll = S;  // what tests look at

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
function tell(message) {
  $('message').textContent = message;
  if (message) setTimeout(() => { if ($('message').textContent === message) $('message').textContent = ''; }, 6000);
}

// Asks for the picture after the one it has; the answer comes when there is one.
async function watch() {
  const canvas = $('picture'), g = canvas.getContext('2d', {desynchronized: true});
  for (;;) {
    try {
      const width = Math.round(Math.min(1280, $('screen').clientWidth * devicePixelRatio));
      const answer = await fetch(`api/picture?after=${S.number}&width=${width}`);
      if (answer.status === 204) continue;
      if (!answer.ok) throw new Error((await answer.json()).error);
      const bytes = await answer.arrayBuffer();
      S.number = Number(new DataView(bytes).getBigUint64(0, true));
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes, 8)], {type: 'image/jpeg'}));
      if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
        canvas.width = bitmap.width;
        canvas.height = bitmap.height;
        $('screen').classList.toggle('small', bitmap.width < 640);
      }
      g.drawImage(bitmap, 0, 0);
      bitmap.close();
      ++S.drawn;
      if (S.onpicture) S.onpicture(g, canvas);
      const now = performance.now();
      S.times.push(now);
      while (now - S.times[0] > 2000) S.times.shift();
    } catch (error) {
      lost(error);
      await pause(500);
    }
  }
}

async function follow() {
  let number = 0;
  for (;;) {
    try {
      const answer = await fetch(`api/status?after=${number}`);
      if (answer.status === 204) { if ($('state').textContent === 'the session has ended') render(); continue; }
      if (!answer.ok) throw new Error((await answer.json()).error);
      const status = await answer.json();
      number = status.number;
      S.status = status;
      S.statusAt = performance.now();
      render();
    } catch (error) {
      number = 0;
      lost(error);
      await pause(500);
    }
  }
}
function lost() {
  $('state').className = 'bad';
  $('state').textContent = 'the session has ended';
}

const clock = (s) => `${Math.floor(s / 60)}:${(s % 60).toFixed(1).padStart(4, '0')}`;
function render() {
  const {title, playing, episode, instructions} = S.status;
  $('title').textContent = title;
  document.title = `${title}: setter`;
  $('state').className = playing ? 'soft live' : 'soft';
  const open = instructions.at(-1) && instructions.at(-1).end === undefined ? instructions.at(-1) : null;
  $('state').textContent = playing ? `episode ${episode + 1}` : 'between two episodes';
  $('told').textContent = open && playing ? open.text : 'nothing';
  for (const id of ['succeeded', 'failed', 'withdrawn']) $(id).disabled = !open || !playing;
  $('said').replaceChildren(...instructions.slice().reverse().map((i) => {
    const item = document.createElement('li'), when = document.createElement('span');
    item.className = i.end === undefined ? 'open' : i.mark;
    item.textContent = i.text;
    when.className = 'soft';
    when.textContent = i.end === undefined ? `${clock(i.begin)} – now` : `${clock(i.begin)} – ${clock(i.end)} · ${i.mark}`;
    item.append(when);
    return item;
  }));
}
setInterval(() => {
  $('rate').textContent = S.times.length > 2 && performance.now() - S.times.at(-1) < 2000 ? `${Math.round(S.times.length / 2)} pictures/s` : 'the picture stands still';
}, 500);

async function say(kind, text) {
  try {
    const answer = await fetch('api/say', {method: 'POST', body: JSON.stringify({kind, text})});
    if (!answer.ok) throw new Error((await answer.json()).error);
    return true;
  } catch (error) {
    tell(`not given: ${error.message}`);
    return false;
  }
}
$('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = $('text').value.trim();
  if (text && await say('instruct', text)) { $('text').value = ''; S.recall = -1; }
});
for (const kind of ['succeeded', 'failed', 'withdrawn']) $(kind).onclick = () => { say(kind); $('text').focus(); };
document.addEventListener('keydown', (event) => {
  const kinds = {Digit1: 'succeeded', Digit2: 'failed', Digit3: 'withdrawn'};
  const kind = event.altKey && kinds[event.code];
  if (kind && !$(kind).disabled) { event.preventDefault(); say(kind); return; }
  if (event.target !== $('text') || !S.status) return;
  // What was asked before, by the arrows.
  const before = [...new Set(S.status.instructions.map((i) => i.text))].reverse();
  if (event.key === 'ArrowUp') S.recall = Math.min(S.recall + 1, before.length - 1);
  else if (event.key === 'ArrowDown') S.recall = Math.max(S.recall - 1, -1);
  else return;
  event.preventDefault();
  $('text').value = S.recall >= 0 ? before[S.recall] : '';
});
watch();
follow();
