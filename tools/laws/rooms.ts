import { posix } from 'node:path'

import type { Tree } from './tree.ts'

/** What one row of the table "Rooms and arrows" allows. */
export type Room = {
  readonly name: string
  readonly line: number
  readonly mayImport: ReadonlyMap<string, 'value' | 'type'> | 'anything'
}

/** The parts of a package.json that the laws read. */
export type Manifest = {
  readonly name: string
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
  /** It is published as one bundle for browsers: what goes into it is installed by nobody else. */
  readonly bundled: boolean
  readonly exports: ReadonlyMap<string, string>
}

export const tablePath = 'docs/architecture.md'

/** Reads the table under the heading "Rooms and arrows". An unreadable table gives no rows, which fails every room. */
export function readRooms(tree: Tree): readonly Room[] {
  const lines = (tree.get(tablePath) ?? '').split('\n')
  const start = lines.findIndex((line) => /^#+ Rooms and arrows\s*$/.test(line))
  if (start < 0) return []
  const rows: Room[] = []
  for (const [index, line] of lines.entries()) {
    if (index <= start) continue
    if (line.startsWith('#')) break
    const cells = line.split('|').map((cell) => cell.trim())
    const name = /^`([a-z-]+)`$/.exec(cells[1] ?? '')?.[1]
    if (name !== undefined) rows.push({ name, line: index + 1, mayImport: readArrows(cells[3] ?? '') })
  }
  return rows
}

function readArrows(cell: string): Room['mayImport'] {
  if (cell === 'anything') return 'anything'
  if (cell === 'nothing') return new Map()
  const arrows = cell.split(',').map((arrow) => arrow.replaceAll('`', '').trim())
  return new Map(
    arrows.map((arrow) =>
      arrow.endsWith('(types)') ? [arrow.slice(0, -7).trim(), 'type'] : [arrow, 'value'],
    ),
  )
}

/** Every package.json, by the folder that holds it (`packages/core`; the root's by the empty string). */
export function readManifests(tree: Tree): ReadonlyMap<string, Manifest> {
  const found = new Map<string, Manifest>()
  for (const [path, text] of tree) {
    if (path !== 'package.json' && !/^packages\/[^/]+\/package\.json$/.test(path)) continue
    const folder = path === 'package.json' ? '' : posix.dirname(path)
    found.set(folder, readManifest(JSON.parse(text) as Record<string, unknown>))
  }
  return found
}

function readManifest(json: Record<string, unknown>): Manifest {
  const names = (field: string): readonly string[] => Object.keys(json[field] ?? {})
  const exports = Object.entries((json['exports'] ?? {}) as Record<string, unknown>)
  return {
    name: String(json['name']),
    dependencies: [...names('dependencies'), ...names('optionalDependencies'), ...names('peerDependencies')],
    devDependencies: names('devDependencies'),
    bundled: json['bundled'] === true,
    exports: new Map(exports.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
  }
}

/** `@scope/name/sub/path` → the package's name and the path below it. */
export function splitSpecifier(specifier: string): { readonly name: string; readonly below: string } {
  const parts = specifier.split('/')
  const words = specifier.startsWith('@') ? 2 : 1
  return { name: parts.slice(0, words).join('/'), below: parts.slice(words).join('/') }
}
