import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'

/** What a published package says of itself, from the rooms that it is bundled of. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly type: string
  readonly engines?: { readonly [name: string]: string }
  readonly exports?: { readonly [name: string]: string }
  readonly dependencies?: { readonly [name: string]: string }
  readonly peerDependencies?: { readonly [name: string]: string }
  readonly peerDependenciesMeta?: { readonly [name: string]: { readonly optional: boolean } }
}

export const readManifest = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest

const isBuiltin = (id: string): boolean => id.startsWith('node:') || builtinModules.includes(id)
const isOwn = (id: string): boolean => id.startsWith('@pointsman/')
/** Relative, absolute, or one of our own: part of the bundle. */
const isBundled = (id: string): boolean => /^[./]/.test(id) || isOwn(id)

/** What a bundle leaves where it is: Node's own modules and other people's packages. */
export const isOutside = (id: string): boolean => !isBundled(id) || isBuiltin(id)

const packageOf = (id: string): string =>
  id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/')

/** Every package outside that is imported, in the version that the room which imports it declares. */
export function outsideOf(
  imports: readonly string[],
  manifests: readonly Manifest[],
): Pick<Manifest, 'dependencies' | 'peerDependencies' | 'peerDependenciesMeta'> {
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
export async function roomsOf(
  packages: string,
  manifest: Manifest,
  found = new Map<string, Manifest>(),
): Promise<readonly Manifest[]> {
  found.set(manifest.name, manifest)
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (!isOwn(name) || found.has(name)) continue
    await roomsOf(packages, await readManifest(join(packages, name.slice('@pointsman/'.length))), found)
  }
  return [...found.values()]
}
