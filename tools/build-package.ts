import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { writeTypes } from './package-types.ts'

/**
 * `node tools/build-package.ts model-manager`: packages/model-manager/dist, a package as it is published. The repository's own
 * packages are bundled into it, with their types; other people's stay dependencies. A room's `demo/` goes along: a page that
 * holds what it needs.
 */
const root = fileURLToPath(new URL('..', import.meta.url))

interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly type: string
  readonly engines?: { readonly [name: string]: string }
  readonly exports: { readonly [name: string]: string }
  readonly dependencies?: { readonly [name: string]: string }
  readonly peerDependencies?: { readonly [name: string]: string }
  readonly peerDependenciesMeta?: { readonly [name: string]: { readonly optional: boolean } }
}

const readManifest = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest

/** `./portable` → `portable`, `.` → `index`. */
const entryName = (key: string): string => (key === '.' ? 'index' : key.replace(/^\.\//, ''))

const isBuiltin = (id: string): boolean => id.startsWith('node:') || builtinModules.includes(id)
const isOwn = (id: string): boolean => id.startsWith('@pointsman/')
/** Relative, absolute, or one of our own: part of the bundle. */
const isBundled = (id: string): boolean => /^[./]/.test(id) || isOwn(id)

const entriesOf = (folder: string, { exports }: Manifest): ReadonlyMap<string, string> =>
  new Map(Object.entries(exports).map(([key, file]) => [entryName(key), join(folder, file)]))

/** Answers what the bundle imports. */
async function bundle(folder: string, manifest: Manifest): Promise<readonly string[]> {
  const built = await rolldown({
    input: Object.fromEntries(entriesOf(folder, manifest)),
    platform: 'node',
    external: (id) => !isBundled(id) || isBuiltin(id),
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

const packageOf = (id: string): string =>
  id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/')

/** Every package outside that is imported, in the version that the room which imports it declares. */
async function outsideOf(
  imports: readonly string[],
  manifests: readonly Manifest[],
): Promise<Pick<Manifest, 'dependencies' | 'peerDependencies' | 'peerDependenciesMeta'>> {
  const names = [...new Set(imports.filter((id) => !isBundled(id) && !isBuiltin(id)).map(packageOf))]
    // Chunks of the bundle itself are told by their file names.
    .filter((name) => !name.endsWith('.js'))
    .sort()
  const dependencies: Record<string, string> = {}
  const peerDependencies: Record<string, string> = {}
  for (const name of names) {
    const version = manifests
      .map((manifest) => manifest.dependencies?.[name])
      .find((found) => found !== undefined)
    const peer = manifests
      .map((manifest) => manifest.peerDependencies?.[name])
      .find((found) => found !== undefined)
    if (version !== undefined) dependencies[name] = version
    else if (peer !== undefined) peerDependencies[name] = peer
    else throw new Error(`${name} is imported, but no room of the bundle declares it`)
  }
  const optional = Object.keys(peerDependencies).map((name) => [name, { optional: true }] as const)
  return {
    dependencies,
    ...(optional.length === 0
      ? {}
      : { peerDependencies, peerDependenciesMeta: Object.fromEntries(optional) }),
  }
}

/** The rooms that a bundle may hold: the package's own and, over and over, those that it depends on. */
async function roomsOf(
  manifest: Manifest,
  found = new Map<string, Manifest>(),
): Promise<readonly Manifest[]> {
  found.set(manifest.name, manifest)
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (!isOwn(name) || found.has(name)) continue
    await roomsOf(await readManifest(join(root, 'packages', name.slice('@pointsman/'.length))), found)
  }
  return [...found.values()]
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
    ...(await outsideOf(imports, await roomsOf(manifest))),
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
function exportsOf({ exports }: Manifest): object {
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
console.log(await build(room))
