import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown, type OutputChunk, type Plugin } from 'rolldown'
import { esmExternalRequirePlugin } from 'rolldown/plugins'
import { readMigrations } from '@pointsman/registry'

/**
 * `node tools/build-edge.ts`: supabase/functions/_shared/edge.js, what the three functions have in common, in one file that Deno
 * runs as it is: no registry is asked when they are deployed or started. `--check` compares it with what would be built now.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const file = join(root, 'supabase/functions/_shared/edge.js')
const entry = 'pointsman-edge-entry'

const builtins = builtinModules.flatMap((name) =>
  name.startsWith('node:') ? [name] : [name, `node:${name}`],
)
/** Asked for only where a setting wants them: whoever sets it is told that they are not there. */
const optional = ['@aws-sdk/client-cloudwatch', '@opentelemetry/api']
/** Other ways of `pg` to a database. A `require` that is left over needs a file's address, which not every platform has. */
const unused = ['pg-native', 'pg-cloudflare']

/** What Node has as globals and Deno 2.1 has not, or has in another form. */
const globals = {
  Buffer: ['node:buffer', 'Buffer'],
  process: ['node:process', 'default'],
  clearImmediate: ['node:timers', 'clearImmediate'],
  setImmediate: ['node:timers', 'setImmediate'],
  setInterval: ['node:timers', 'setInterval'],
  setTimeout: ['node:timers', 'setTimeout'],
} satisfies { readonly [name: string]: [module: string, name: string] }

const virtualEntry = (schemaVersion: string): Plugin => ({
  name: entry,
  resolveId: (id) => (id === entry ? join(root, 'packages/pointsman/src/edge', `${entry}.ts`) : null),
  load: (id) =>
    id.endsWith(`${entry}.ts`)
      ? `import process from 'node:process'
import { createEdge } from './index.ts'
export const edge = createEdge({ environment: process.env, schemaVersion: '${schemaVersion}' })`
      : null,
})

/** Node's modules as Deno wants them named. */
const named = (id: string): string =>
  builtinModules.includes(id) && !id.startsWith('node:') ? `node:${id}` : id

const emptyOnes: Plugin = {
  name: 'empty-ones',
  resolveId: (id) => (unused.includes(id) ? `\0empty/${id}` : null),
  load: (id) => (id.startsWith('\0empty/') ? 'export {}' : null),
}

async function build(): Promise<string> {
  const schemaVersion = (await readMigrations()).at(-1)?.version ?? ''
  const built = await rolldown({
    input: entry,
    platform: 'node',
    cwd: root,
    external: optional,
    plugins: [virtualEntry(schemaVersion), emptyOnes, esmExternalRequirePlugin({ external: builtins })],
    transform: { inject: globals, define: { global: 'globalThis' } },
    treeshake: true,
  })
  const { output } = await built.generate({
    format: 'es',
    codeSplitting: false,
    paths: named,
    banner: '// Built by tools/build-edge.ts; not to be edited.',
  })
  await built.close()
  const chunks = output.filter((one): one is OutputChunk => one.type === 'chunk')
  const [chunk] = chunks
  if (chunk === undefined || chunks.length > 1) throw new Error('the functions share one file')
  refuseUnresolved(chunk)
  if (chunk.code.includes('createRequire(')) throw new Error('the bundle still requires something')
  return chunk.code
}

/** Whatever is not Node's would be asked for when a function starts. */
function refuseUnresolved({ dynamicImports, fileName, imports }: OutputChunk): void {
  const foreign = imports.filter((id) => !named(id).startsWith('node:'))
  if (foreign.length > 0) throw new Error(`the bundle imports ${foreign.join(', ')}`)
  const unknown = dynamicImports.filter(
    (id) => !id.startsWith('node:') && !optional.includes(id) && id !== fileName,
  )
  if (unknown.length > 0) throw new Error(`the bundle may import ${unknown.join(', ')}`)
}

const text = await build()
if (process.argv.includes('--check')) {
  const present = await readFile(file, 'utf8').catch(() => '')
  if (present !== text) {
    console.error(
      'supabase/functions/_shared/edge.js is stale: run `node tools/build-edge.ts` and commit it.',
    )
    process.exitCode = 1
  }
} else {
  await mkdir(join(root, 'supabase/functions/_shared'), { recursive: true })
  await rm(file, { force: true })
  await writeFile(file, text)
  console.log(`${file}: ${Math.round(text.length / 1_024)} KB`)
}
