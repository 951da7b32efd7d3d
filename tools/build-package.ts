import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { buildProgram } from './build-program.ts'
import { isOutside, outsideOf, readManifest, roomsOf, type Manifest } from './package-manifest.ts'
import { writeTypes } from './package-types.ts'

/**
 * `node tools/build-package.ts model-manager`: packages/model-manager/dist, a package as it is published. The repository's own
 * packages are bundled into it, with their types; other people's stay dependencies. A room's `demo/` goes along: a page that
 * holds what it needs. `pointsman` is the program: built for Node, with the console and the migrations.
 */
const root = fileURLToPath(new URL('..', import.meta.url))

/** `./portable` → `portable`, `.` → `index`. */
const entryName = (key: string): string => (key === '.' ? 'index' : key.replace(/^\.\//, ''))

const entriesOf = (folder: string, { exports = {} }: Manifest): ReadonlyMap<string, string> =>
  new Map(Object.entries(exports).map(([key, file]) => [entryName(key), join(folder, file)]))

/** Answers what the bundle imports. */
async function bundle(folder: string, manifest: Manifest): Promise<readonly string[]> {
  const built = await rolldown({
    input: Object.fromEntries(entriesOf(folder, manifest)),
    platform: 'node',
    external: isOutside,
    treeshake: true,
  })
  const { output } = await built.write({
    dir: join(folder, 'dist'),
    format: 'es',
    entryFileNames: '[name].js',
  })
  await built.close()
  return output.flatMap((chunk) =>
    chunk.type === 'chunk' ? [...chunk.imports, ...chunk.dynamicImports] : [],
  )
}

async function build(room: string): Promise<string> {
  const folder = join(root, 'packages', room)
  const dist = join(folder, 'dist')
  const manifest = await readManifest(folder)
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist, { recursive: true })
  await writeTypes({ root, dist, entries: entriesOf(folder, manifest), tsconfig: await tsconfigOf(room) })
  const imports = await bundle(folder, manifest)
  const { description, license, name, type, version } = manifest
  const published = {
    ...{ name, version, description, license, type },
    sideEffects: false,
    engines: manifest.engines ?? { node: '>=22.22' },
    exports: exportsOf(manifest),
    types: './index.d.ts',
    ...outsideOf(imports, await roomsOf(join(root, 'packages'), manifest)),
  }
  await writeFile(join(dist, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  await cp(join(folder, 'README.md'), join(dist, 'README.md'))
  await cp(join(root, 'LICENSE'), join(dist, 'LICENSE'))
  await buildDemo(join(folder, 'demo'), join(dist, 'demo'))
  return dist
}

/** What runs in browsers is compiled with their types. */
async function tsconfigOf(room: string): Promise<string> {
  const name = 'tsconfig.browser.json'
  const { include } = JSON.parse(await readFile(join(root, name), 'utf8')) as {
    readonly include: readonly string[]
  }
  return include.includes(`packages/${room}/src`) ? name : 'tsconfig.json'
}

/** `demo.ts` becomes one script with all that it imports; whatever else lies there is copied. */
async function buildDemo(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return
  await cp(from, to, { recursive: true, filter: (path) => !path.endsWith('.ts') })
  const built = await rolldown({ input: join(from, 'demo.ts'), platform: 'browser' })
  await built.write({ file: join(to, 'demo.js'), format: 'es' })
  await built.close()
}

/** Deno takes the portable entry by the package's name. */
function exportsOf({ exports = {} }: Manifest): object {
  const files = (key: string) => ({ types: `./${entryName(key)}.d.ts`, default: `./${entryName(key)}.js` })
  return Object.fromEntries(
    Object.keys(exports).map((key) => [
      key,
      key === '.' && './portable' in exports ? { deno: files('./portable'), ...files(key) } : files(key),
    ]),
  )
}

const [room] = process.argv.slice(2)
if (room === undefined) throw new Error('usage: node tools/build-package.ts ROOM')
console.log(await (room === 'pointsman' ? buildProgram(root) : build(room)))
