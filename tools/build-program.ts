import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rolldown, type Plugin } from 'rolldown'
import { builtConsole } from '../packages/console/build/build-console.ts'
import { isOutside, outsideOf, readManifest, roomsOf } from './package-manifest.ts'

/**
 * packages/pointsman/dist: the program as it is published, which needs Node and nothing of this repository. Everything lies
 * in one folder, so that what is found by its address (a thread, a child process, migrations, the console's files) is beside
 * whichever chunk asks for it.
 */
export async function buildProgram(root: string): Promise<string> {
  const folder = join(root, 'packages/pointsman')
  const dist = join(folder, 'dist')
  const manifest = await readManifest(folder)
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist, { recursive: true })
  const imports = await bundle(root, dist)
  const { license, name, type, version } = manifest
  const published = {
    ...{ name, version, description, license, type },
    engines: { node: '>=22.22' },
    bin: { pointsman: './main.js' },
    ...outsideOf(imports, await roomsOf(join(root, 'packages'), manifest)),
  }
  await writeFile(join(dist, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  await cp(await builtConsole(), join(dist, 'console'), { recursive: true })
  await cp(join(root, 'supabase/migrations'), join(dist, 'migrations'), { recursive: true })
  await cp(join(folder, 'README.md'), join(dist, 'README.md'))
  await cp(join(root, 'LICENSE'), join(dist, 'LICENSE'))
  return dist
}

const description =
  'An LLM gateway and control plane: it decides which model answers a request, and lets an operator move that decision at once.'

/** Answers what the bundle imports. */
async function bundle(root: string, dist: string): Promise<readonly string[]> {
  const packages = join(root, 'packages')
  const left = new Set(addresses.map(({ file }) => join(packages, file)))
  const built = await rolldown({
    input: {
      main: join(packages, 'pointsman/src/main.ts'),
      child: join(packages, 'pointsman/src/serve/host/child.ts'),
      worker: join(packages, 'registry/src/embedded/worker.ts'),
    },
    platform: 'node',
    external: isOutside,
    plugins: [besideEachOther(packages, left), withoutBuilder],
  })
  const { output } = await built.write({
    dir: dist,
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  })
  await built.close()
  if (left.size > 0) throw new Error(`not part of the program any more: ${[...left].join(', ')}`)
  return output.flatMap((chunk) =>
    chunk.type === 'chunk' ? [...chunk.imports, ...chunk.dynamicImports] : [],
  )
}

/** What the sources find by its address, and where it is in the package. */
const addresses = [
  { file: 'registry/src/migrate.ts', from: "'../../../supabase/migrations/'", to: "'./migrations/'" },
  { file: 'registry/src/embedded/database-thread.ts', from: "'./worker.ts'", to: "'./worker.js'" },
  { file: 'pointsman/src/serve/host/supervise.ts', from: "'./child.ts'", to: "'./child.js'" },
] as const

/** An address that is not found where it should be would be missed only once the package runs. */
const besideEachOther = (packages: string, left: Set<string>): Plugin => ({
  name: 'beside-each-other',
  transform(code, id) {
    const address = addresses.find(({ file }) => id === join(packages, file))
    if (address === undefined) return null
    const parts = code.split(address.from)
    if (parts.length !== 2) throw new Error(`${id} should name ${address.from} once`)
    left.delete(id)
    return parts.join(address.to)
  },
})

const builder = '@pointsman/console/build'

/** The console comes built: what would build it stays in the repository. */
const withoutBuilder: Plugin = {
  name: 'without-builder',
  resolveId: (id) => (id === builder ? { id: `\0${builder}` } : null),
  load: (id) =>
    id === `\0${builder}`
      ? `export async function builtConsole() { throw new Error('Its files are missing from this package: install it again.') }`
      : null,
}
