import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { tanstackRouter } from '@tanstack/router-plugin/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { LATER } from './src/i18n/later.ts';

const here = import.meta.dirname;

/** What a build is made of. `crates/server/build.rs` computes the same and embeds no other build. */
const SOURCES = [
  'i18n',
  'ui/index.html',
  'ui/package-lock.json',
  'ui/package.json',
  'ui/public',
  'ui/src',
  'ui/tsconfig.json',
  'ui/vite.config.ts',
];

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

export function fingerprint(root: string): string {
  const files = SOURCES.flatMap((source) => filesBelow(join(root, source)))
    .map((file) => ({ file, name: relative(root, file).split(sep).join('/') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const hash = createHash('sha256');
  for (const { file, name } of files) {
    const content = readFileSync(file);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Puts beside each text its compressed form, which the server sends as it is, and says what the build was made of. */
function finish(): Plugin {
  let directory = '';
  let sources = '';
  return {
    name: 'sendero-finish',
    apply: 'build',
    configResolved(config) {
      directory = resolve(config.root, config.build.outDir);
    },
    buildStart() {
      sources = fingerprint(resolve(here, '..'));
    },
    closeBundle() {
      for (const file of filesBelow(directory)) {
        if (!/\.(js|css|svg|json|map|txt)$/.test(file)) continue;
        const content = readFileSync(file);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
        writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
      }
      writeFileSync(join(directory, 'sources.sha256'), sources);
    },
  };
}

/** English in two parts. */
export function texts(): Plugin {
  const prefix = 'virtual:texts/';
  return {
    name: 'sendero-texts',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return null;
      const file = resolve(here, '../i18n/en.json');
      this.addWatchFile(file);
      const all = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
      const wanted = Object.entries(all).filter(([key]) => LATER.test(key) === id.endsWith('/later'));
      return `export default ${JSON.stringify(Object.fromEntries(wanted))}`;
    },
  };
}

const server = process.env.SENDERO_URL ?? 'http://127.0.0.1:8080';
const proxied = {
  target: server,
  // To the server, the page comes from itself.
  headers: { origin: server, 'sec-fetch-site': 'same-origin' },
};

export default defineConfig({
  base: '/app/',
  resolve: {
    alias: { '@i18n': resolve(here, '../i18n'), '~': resolve(here, 'src') },
  },
  plugins: [
    texts(),
    tanstackRouter({ target: 'react', routesDirectory: 'src/routes', generatedRouteTree: 'src/routeTree.gen.ts' }),
    react(),
    finish(),
  ],
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    // Newer than what would have light-dark() rewritten.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    fs: { allow: [resolve(here, '..')] },
    proxy: { '/api': proxied, '/t': proxied, '/u': proxied, '/v': proxied },
  },
});
