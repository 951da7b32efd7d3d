import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'

/** `node packages/console/build/main.ts FOLDER`: the console as it is served, each text beside its compressed forms. */
const [outDir] = process.argv.slice(2)
if (outDir === undefined) throw new Error('usage: node packages/console/build/main.ts FOLDER')
const folder = resolve(outDir)
// Tests start servers that inherit `test`: the console that they built would be React's slow form of development, and
// stay in the cache for whoever serves next.
// oxlint-disable-next-line no-restricted-properties -- told to the bundler, which takes it from nowhere else
process.env['NODE_ENV'] = 'production'

await build({
  configFile: false,
  root: fileURLToPath(new URL('..', import.meta.url)),
  base: '/console/',
  logLevel: 'error',
  build: {
    outDir: folder,
    emptyOutDir: true,
    target: ['chrome120', 'firefox121', 'safari17'],
    // Every file by its own address: `data:` is for pictures only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
})

for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue
  const path = join(entry.parentPath, entry.name)
  const bytes = await readFile(path)
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }
  await writeFile(`${path}.br`, brotliCompressSync(bytes, options))
}
