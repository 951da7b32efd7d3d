import { isBuiltin } from 'node:module'
import { posix } from 'node:path'

import { cyclesOf } from './cycles.ts'
import { importsOf } from './imports.ts'
import type { Import } from './imports.ts'
import { readManifests, readRooms, splitSpecifier, tablePath } from './rooms.ts'
import type { Manifest, Room } from './rooms.ts'
import { parseTree, withoutAllowed } from './source.ts'
import { isTest, roomOf } from './tree.ts'
import type { Finding, Tree } from './tree.ts'

type House = {
  readonly tree: Tree
  readonly rooms: ReadonlyMap<string, Room>
  readonly manifests: ReadonlyMap<string, Manifest>
  readonly folderOfPackage: ReadonlyMap<string, string>
}

/** Where an import leads: a file of the house, a package from outside, or a broken law. */
type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'npm'; readonly name: string }
  | { readonly kind: 'broken'; readonly says: string }

/** Compares the real imports of all rooms with the table in docs/architecture.md. */
export function checkArrows(tree: Tree): readonly Finding[] {
  const manifests = readManifests(tree)
  const house: House = {
    tree,
    manifests,
    rooms: new Map(readRooms(tree).map((room) => [room.name, room])),
    folderOfPackage: new Map([...manifests].map(([folder, manifest]) => [manifest.name, folder])),
  }
  const findings: Finding[] = checkRooms(house)
  const edges = new Map<string, readonly Edge[]>()
  const usedPackages = new Set<string>()
  for (const source of parseTree(tree, (path) => roomOf(path) !== null)) {
    const { path } = source
    const targets = importsOf(source).map((found) => ({
      found,
      target: resolve(house, path, found.specifier),
    }))
    for (const { found, target } of targets) {
      const says = judge(house, { path, found, target })
      if (says !== null) findings.push({ path, line: found.line, law: 'arrows', says })
      if (target.kind === 'npm' && !isTest(path)) usedPackages.add(`packages/${roomOf(path)} ${target.name}`)
    }
    if (!isTest(path))
      edges.set(
        path,
        targets.flatMap(({ found, target }) => edgeTo(found, target)),
      )
  }
  findings.push(...cyclesOf(edges).map(describeCycle), ...unusedDependencies(house, usedPackages))
  return withoutAllowed(findings, tree)
}

type Edge = { readonly to: string; readonly line: number }

function edgeTo(found: Import, target: Target): readonly Edge[] {
  return target.kind === 'file' ? [{ to: target.path, line: found.line }] : []
}

function describeCycle(cycle: readonly { readonly path: string; readonly line: number }[]): Finding {
  const first = cycle[0] ?? { path: '', line: 0 }
  const way = [...cycle.map((step) => step.path), first.path].join(' → ')
  return { ...first, law: 'arrows', says: `import cycle: ${way}` }
}

function checkRooms({ tree, rooms, manifests }: House): Finding[] {
  const findings: Finding[] = []
  const folders = [...manifests.keys()].filter((folder) => folder !== '')
  for (const folder of folders) {
    const name = folder.slice('packages/'.length)
    const place = { path: `${folder}/package.json`, line: 1, law: 'arrows' }
    if (!rooms.has(name)) findings.push({ ...place, says: `room ${name} has no row in ${tablePath}` })
    const filled = [...tree.keys()].some((path) => roomOf(path) === name && !isTest(path))
    if (!filled)
      findings.push({ ...place, says: `room ${name} is empty: a package exists once something fills it` })
  }
  for (const room of rooms.values()) {
    if (folders.includes(`packages/${room.name}`)) continue
    const place = { path: tablePath, line: room.line, law: 'arrows' }
    findings.push({
      ...place,
      says: `room ${room.name} stands in the table, but packages/${room.name} does not exist`,
    })
  }
  return findings
}

function resolve(house: House, from: string, specifier: string): Target {
  if (specifier.startsWith('.')) {
    const path = posix.normalize(posix.join(posix.dirname(from), specifier))
    const room = roomOf(path)
    if (room !== null && room !== roomOf(from) && !isTest(from)) {
      return { kind: 'broken', says: `${specifier} reaches into room ${room} past its package's exports` }
    }
    const inside = path.startsWith(`packages/${roomOf(from)}/`)
    if (inside || isTest(from)) return { kind: 'file', path }
    return { kind: 'broken', says: `${specifier} leaves its package` }
  }
  const { name, below } = splitSpecifier(specifier)
  if (!/^(@[\w.-]+\/)?[\w.-]+$/.test(name)) return { kind: 'broken', says: `${specifier} cannot be followed` }
  const folder = house.folderOfPackage.get(name)
  if (folder === undefined || folder === '') return { kind: 'npm', name }
  const key = below === '' ? '.' : `./${below}`
  const file = house.manifests.get(folder)?.exports.get(key)
  if (file !== undefined) return { kind: 'file', path: posix.join(folder, file) }
  return { kind: 'broken', says: `${specifier} is not among the exports of ${folder}/package.json` }
}

type Case = { readonly path: string; readonly found: Import; readonly target: Target }

function judge(house: House, { path, found, target }: Case): string | null {
  if (isBuiltin(found.specifier)) return null
  if (target.kind === 'broken') return target.says
  if (target.kind === 'npm') return judgeDependency(house, path, target.name)
  const from = roomOf(path) ?? ''
  const to = roomOf(target.path)
  if (isTest(path)) return null
  if (isTest(target.path)) return `${found.specifier} is a test's file, and this is not a test`
  if (to === null || to === from) return null
  return (
    judgeArrow(house, { from, to, found }) ??
    judgeDependency(house, path, splitSpecifier(found.specifier).name)
  )
}

type Arrow = { readonly from: string; readonly to: string; readonly found: Import }

function judgeArrow(house: House, { from, to, found }: Arrow): string | null {
  const allowed = house.rooms.get(from)?.mayImport
  if (allowed === 'anything') return null
  const strength = allowed?.get(to)
  const listed = allowed === undefined || allowed.size === 0 ? 'nothing' : [...allowed.keys()].join(', ')
  if (strength === undefined) return `${from} → ${to} is not in ${tablePath} (${from} may import ${listed})`
  if (strength === 'value' || found.typeOnly) return null
  return `${from} → ${to} is for types only in ${tablePath}: say "import type"`
}

function judgeDependency(house: House, path: string, name: string): string | null {
  const own = house.manifests.get(`packages/${roomOf(path)}`)
  if (own === undefined || own.name === name || own.dependencies.includes(name)) return null
  if (own.bundled && own.devDependencies.includes(name)) return null
  const root = house.manifests.get('')
  const forTests = [...own.devDependencies, ...(root?.devDependencies ?? []), ...(root?.dependencies ?? [])]
  const known = house.folderOfPackage.has(name)
  if (isTest(path) && (known || forTests.includes(name))) return null
  return `${name} is not declared in packages/${roomOf(path)}/package.json`
}

function unusedDependencies(house: House, used: ReadonlySet<string>): readonly Finding[] {
  return [...house.manifests].flatMap(([folder, manifest]) =>
    manifest.dependencies
      .filter((name) => folder !== '' && !house.folderOfPackage.has(name) && !used.has(`${folder} ${name}`))
      .map((name) => {
        const path = `${folder}/package.json`
        const lines = (house.tree.get(path) ?? '').split('\n')
        const line = 1 + lines.findIndex((text) => text.includes(`"${name}"`))
        return { path, line, law: 'arrows', says: `${name} is declared and never imported` }
      }),
  )
}
