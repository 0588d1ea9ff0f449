/**
 * Compares mails as this program compiles them with what the official MJML compiler makes of the same source, by pixels,
 * and has an HTML validator look at them. Started by `crates/content/tests/pixels.rs`:
 *
 *     node scripts/mails.mjs DIRECTORY
 *
 * The directory holds NAME.mjml and NAME.html; pictures of ours, theirs and the difference are put beside them where the
 * two differ, and of ours in any case. Prints a line for each fault, and at last how many mails were looked at.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { chromium } from '@playwright/test';
import { HtmlValidate } from 'html-validate';
import mjml2html from 'mjml';

const directory = process.argv[2];
const only = process.argv[3];
const WIDTHS = [700, 375];
/** Stands in for every picture: nothing is fetched. */
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="240"><rect width="480" height="240" fill="#7c8aa5"/><circle cx="240" cy="120" r="80" fill="#f5c542"/></svg>`;

const validator = new HtmlValidate({
  root: true,
  rules: {
    'attr-case': 'error',
    'attr-quotes': 'error',
    'close-attr': 'error',
    'close-order': 'error',
    'element-name': 'error',
    'element-permitted-content': 'error',
    'element-permitted-occurrences': 'error',
    'element-permitted-parent': 'error',
    'element-required-attributes': 'error',
    'element-required-ancestor': 'error',
    'form-dup-name': 'error',
    'missing-doctype': 'error',
    'no-dup-attr': 'error',
    'no-dup-class': 'error',
    'no-dup-id': 'error',
    'no-raw-characters': 'error',
    'no-redundant-for': 'error',
    'no-unknown-elements': 'error',
    'unrecognized-char-ref': 'error',
    'valid-id': 'error',
    'wcag/h32': 'error',
    'wcag/h36': 'error',
    'wcag/h37': 'error',
    'wcag/h63': 'error',
  },
  elements: ['html5'],
});

const programs = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) =>
  (process.env.PATH ?? '').split(delimiter).map((path) => join(path, name)),
);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? programs.find((program) => existsSync(program)),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const page = await browser.newPage();
await page.route('**/*', (route) =>
  route.request().resourceType() === 'image'
    ? route.fulfill({ contentType: 'image/svg+xml', body: PICTURE })
    : route.abort(),
);

async function shot(html, width) {
  await page.setViewportSize({ width, height: 600 });
  await page.setContent(html, { waitUntil: 'load' });
  return await page.screenshot({ fullPage: true });
}

/** How many pixels differ, and by how much the heights do. */
async function difference(a, b) {
  await page.setContent('<canvas></canvas>');
  return await page.evaluate(
    async ([a, b]) => {
      const load = async (data) => {
        const image = new Image();
        image.src = `data:image/png;base64,${data}`;
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = image.width;
        canvas.height = image.height;
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
      };
      const [one, two] = [await load(a), await load(b)];
      if (one.width !== two.width || one.height !== two.height) {
        return `${one.width}x${one.height} instead of ${two.width}x${two.height}`;
      }
      let count = 0;
      for (let at = 0; at < one.data.length; at += 4) {
        if (
          one.data[at] !== two.data[at] ||
          one.data[at + 1] !== two.data[at + 1] ||
          one.data[at + 2] !== two.data[at + 2]
        ) {
          count += 1;
        }
      }
      return count === 0 ? null : `${count} pixels`;
    },
    [a.toString('base64'), b.toString('base64')],
  );
}

let faults = 0;
let mails = 0;
function fault(text) {
  faults += 1;
  console.log(text);
}

for (const file of readdirSync(directory).sort()) {
  const name = file.replace(/\.mjml$/, '');
  if (name === file || (only !== undefined && !name.includes(only))) continue;
  mails += 1;
  const ours = readFileSync(join(directory, `${name}.html`), 'utf8');
  const source = readFileSync(join(directory, file), 'utf8');
  const theirs = await mjml2html(source, { fonts: {}, validationLevel: 'skip', keepComments: true });
  for (const width of WIDTHS) {
    const one = await shot(ours, width);
    const two = await shot(theirs.html, width);
    writeFileSync(join(directory, `${name}-${width}.png`), one);
    if (one.equals(two)) continue;
    const differs = await difference(one, two);
    if (differs !== null) {
      writeFileSync(join(directory, `${name}-${width}-official.png`), two);
      writeFileSync(join(directory, `${name}-official.html`), theirs.html);
      fault(`${name} at ${width} px differs: ${differs}`);
    }
  }
  const report = await validator.validateString(ours);
  for (const message of report.results.flatMap((result) => result.messages).slice(0, 5)) {
    fault(`${name}:${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
  }
}
await browser.close();
console.log(`${mails} mails, ${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;
