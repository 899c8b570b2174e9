// browse.js FOLDER [--shots DIR]: opens every page of the site in headless Chromium at the width of a phone, and the first one at
// a desktop's, and reports console errors, missing images and horizontal overflow, and whether the search finds an op;
// --shots also takes pictures of a few pages, light, dark and narrow.
const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { pathToFileURL } = require('url');

const folder = path.resolve(process.argv[2]);
const shots = process.argv[3] === '--shots' ? process.argv[4] : null;
const chromium = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => process.env.PATH.split(':').map((dir) => path.join(dir, name))).find((file) => fs.existsSync(file));
if (!chromium) {
  console.error('site: no Chromium to look at the pages with');
  process.exit(2);
}

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'cadena-site-'));
const browser = spawn(chromium, ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--allow-file-access-from-files',
  '--remote-debugging-pipe', `--user-data-dir=${profile}`], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const waiting = new Map();
const listeners = [];
let next = 0;
let buffered = '';
browser.stdio[4].on('data', (data) => {
  const parts = (buffered + data).split('\0');
  buffered = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) waiting.get(message.id)(message);
    else listeners.forEach((listener) => listener(message));
  }
});
function send(method, params = {}, sessionId = undefined) {
  next += 1;
  browser.stdio[3].write(`${JSON.stringify({ id: next, method, params, sessionId })}\0`);
  return new Promise((resolve, reject) => waiting.set(next, (m) => (m.error ? reject(new Error(`${method}: ${m.error.message}`)) : resolve(m.result))));
}

// The text scrolls within a page, by itself; and window.innerWidth grows with a page that is too wide. What a formula holds for
// screen readers has a place too, but is not to be seen.
const inspect = `JSON.stringify({
  overflow: Math.max(...[document.documentElement, document.getElementById('doc-content')].filter((e) => e)
    .map((e) => e.scrollWidth - e.clientWidth)),
  wide: [...document.querySelectorAll('div.contents *')]
    .filter((e) => !e.closest('.katex-mathml') && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .slice(0, 1).map((e) => e.tagName + '.' + e.className).join(),
  images: [...document.images].filter((i) => !i.complete || i.naturalWidth === 0).map((i) => i.src),
  silent: [...document.querySelectorAll('div.contents img:not([alt]), div.contents img[alt=""]')].map((i) => i.src),
})`;

// What the search shows for the beginning of a word, as soon as it shows `expected`, or after ten seconds: the results are a page
// of their own.
const search = (word, expected) => `(async () => {
  const field = document.getElementById('MSearchField');
  field.focus();
  field.value = '${word}';
  searchBox.OnSearchFieldFocus(true);
  searchBox.OnSearchFieldChange({ keyCode: 0 });
  let shown = '';
  for (let wait = 0; wait < 100 && !shown.includes('${expected}'); wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const results = document.getElementById('MSearchResults');
    shown = [...(results.contentDocument || document).querySelectorAll('.SRResult')]
      .filter((e) => e.getClientRects().length > 0).map((e) => e.innerText).join(' ');
  }
  return shown;
})()`;

// True if the button for light and dark can be reached and pressed by the keyboard; twice, so that all is as before.
const toggled = `(() => {
  const toggle = document.querySelector('doxygen-awesome-dark-mode-toggle');
  toggle.focus();
  const dark = ['Enter', ' '].map((key) => {
    toggle.dispatchEvent(new KeyboardEvent('keydown', { key }));
    return document.documentElement.classList.contains('dark-mode');
  });
  return document.activeElement === toggle && dark[0] !== dark[1];
})()`;

async function main() {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const tab = (method, params) => send(method, params, sessionId);
  for (const domain of ['Page', 'Runtime', 'Log']) await tab(`${domain}.enable`);
  let errors = [];
  let loaded = () => {};
  listeners.push(({ method, params }) => {
    if (method === 'Page.loadEventFired') loaded();
    if (method === 'Runtime.exceptionThrown') errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Log.entryAdded' && params.entry.level === 'error') errors.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error') errors.push(params.args.map((a) => a.value).join(' '));
  });
  const size = (width, height) => tab('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 });
  const open = async (page) => {
    const done = new Promise((resolve) => { loaded = resolve; });
    await tab('Page.navigate', { url: pathToFileURL(path.join(folder, page)).href });
    await done;
    for (let wait = 0; wait < 50; wait += 1) {  // the search box fetches its pictures late
      await new Promise((resolve) => setTimeout(resolve, 150));
      if ((await tab('Runtime.evaluate', { expression: '[...document.images].every((i) => i.complete)' })).result.value) break;
    }
  };
  const shoot = async (name) => {
    const { data } = await tab('Page.captureScreenshot', { format: 'png' });
    fs.writeFileSync(path.join(shots, `${name}.png`), Buffer.from(data, 'base64'));
  };

  const look = async () => JSON.parse((await tab('Runtime.evaluate', { expression: inspect })).result.value);

  let faults = 0;
  const all = fs.readdirSync(folder).filter((name) => name.endsWith('.html')).sort();
  const prose = all.filter((name) => /^(index|md_.*|ops|chapter.*|benchmarks)\.html$/.test(name));
  const reference = all.filter((name) => !prose.includes(name) && !/-members|_source|^dir_|^nav|^search/.test(name));
  const pages = [...prose, ...reference.filter((_, i) => i % 16 === 0)];  // pages of one kind are made alike
  await size(390, 844);
  for (const page of shots ? [] : pages) {
    errors = [];
    await open(page);
    const found = await look();
    if (found.overflow > 0) errors.push(`${found.overflow} pixels too wide for a phone ${found.wide}`);
    found.images.forEach((image) => errors.push(`image ${image} is missing`));
    found.silent.forEach((image) => errors.push(`image ${image} has no words for those who do not see it`));
    errors.forEach((error) => console.log(`${page}: ${error}`));
    faults += errors.length;
  }
  if (!shots) {
    await size(1280, 900);
    await open('index.html');
    const { overflow } = await look();
    if (overflow > 0) {
      console.log(`index.html: ${overflow} pixels too wide for a desktop`);
      faults += 1;
    }
    if (!(await tab('Runtime.evaluate', { expression: toggled })).result.value) {
      console.log('index.html: the button for light and dark cannot be pressed by the keyboard');
      faults += 1;
    }
    const found = (await tab('Runtime.evaluate', { expression: search('log_softm', 'log_softmax'), awaitPromise: true })).result.value;
    if (!found.includes('log_softmax')) {
      console.log(`index.html: the search for log_softm finds '${found}'`);
      faults += 1;
    }
  }
  for (const page of shots ? prose : []) {
    for (const [kind, width, scheme] of [['light', 1280, 'light'], ['dark', 1280, 'dark'], ['phone', 390, 'light']]) {
      await size(width, 900);
      await tab('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      await open(page);
      await shoot(`${page.replace('.html', '')}-${kind}`);
    }
  }
  console.log(shots ? `pictures of ${prose.length} pages in ${shots}` : `${pages.length} of ${all.length} pages looked at, ${faults} faults`);
  return faults || pages.length === 0 ? 1 : 0;
}

main().catch((error) => { console.error(`site: ${error.message}`); return 1; }).then((status) => {
  browser.on('exit', () => { fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); process.exit(status); });
  browser.kill();
});
