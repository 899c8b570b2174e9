// katex.js FOLDER: renders the formulas in the pages of a Doxygen site by KaTeX; a wrong formula fails.
const fs = require('fs');
const path = require('path');
const katex = require(['/usr/share/nodejs/katex', 'katex'].find((name) => name === 'katex' || fs.existsSync(name)));

const folder = process.argv[2];
const mathjax = /<script type="text\/x-mathjax-config">[\s\S]*?<script type="text\/javascript" async="async" src="[^"]*MathJax[^>]*><\/script>/i;
const verbatim = /(<pre[\s\S]*?<\/pre>|<div class="fragment">[\s\S]*?<!-- fragment -->|<script[\s\S]*?<\/script>)/;
let formulas = 0;
let wrong = 0;

const unescape = (html) => html.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&');

function render(file, tex, displayMode) {
  formulas += 1;
  try {
    return katex.renderToString(unescape(tex), { displayMode, throwOnError: true, strict: 'ignore', output: 'htmlAndMathml' });
  } catch (error) {
    wrong += 1;
    console.error(`${file}: ${error.message}: ${tex}`);
    return tex;
  }
}

for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.html'))) {
  const page = path.join(folder, file);
  const found = fs.readFileSync(page, 'utf8');
  if (!mathjax.test(found)) continue;  // a page without formulas, such as those of the search
  const text = found.replace(mathjax, '<link rel="stylesheet" href="katex/katex.min.css"/>');
  const parts = text.split(verbatim).map((part, i) => (i % 2 ? part
    : part.replace(/\( (?=\\\()/g, '(')  // Doxygen puts a blank between a bracket and a formula
      .replace(/\\\[([\s\S]*?)\\\]/g, (_, tex) => render(file, tex, true))
      .replace(/\\\(([\s\S]*?)\\\)/g, (_, tex) => render(file, tex, false))));
  parts.filter((part, i) => i % 2 === 0 && /\\f[$[\]]/.test(part)).forEach(() => {
    wrong += 1;
    console.error(`${file}: a formula that Doxygen did not recognise`);
  });
  fs.writeFileSync(page, parts.join(''));
}
console.log(`${formulas} formulas, ${wrong} wrong`);
process.exit(wrong ? 1 : 0);
