import { readManifests } from './rooms.ts'
import type { Finding, Tree } from './tree.ts'

const documentPath = 'docs/dependencies.md'

/** A row `| name | used by | licence | reason |` of docs/dependencies.md. */
type Row = { readonly line: number; readonly cells: readonly string[] }

/**
 * Each direct dependency, of each package and of the root, has one row with who uses it, its licence and the
 * reason for it; nothing else has one.
 */
export function checkDependencies(tree: Tree): readonly Finding[] {
  const users = readUsers(tree)
  const rows = readRows(tree.get(documentPath) ?? '')
  const find = (line: number, says: string): Finding => ({
    path: documentPath,
    line,
    law: 'dependencies',
    says,
  })
  const missing = [...users.keys()]
    .filter((name) => !rows.some((row) => row.cells[0] === name))
    .map((name) => find(1, `${name} (${users.get(name)?.join(', ')}) has no row with its reason`))
  const findings = rows.flatMap(({ line, cells: [name = '', usedBy = '', licence, reason], cells }) => {
    const wanted = users.get(name)
    if (wanted === undefined) return [find(line, `nothing depends on ${name} directly`)]
    if (rows.some((row) => row.cells[0] === name && row.line < line))
      return [find(line, `a second row for ${name}`)]
    if (usedBy !== wanted.join(', '))
      return [find(line, `${name} is used by ${wanted.join(', ')}, not ${usedBy}`)]
    return licence && reason && cells.length === 4
      ? []
      : [find(line, `${name} lacks its licence or its reason`)]
  })
  return [...missing, ...findings]
}

/** Name → rooms that declare it, in the order of their names; `root` for the repository. */
function readUsers(tree: Tree): ReadonlyMap<string, readonly string[]> {
  const manifests = [...readManifests(tree)].sort(([left], [right]) => (left < right ? -1 : 1))
  const own = new Set(manifests.map(([, manifest]) => manifest.name))
  const users = new Map<string, readonly string[]>()
  for (const [folder, { dependencies, devDependencies }] of manifests) {
    const room = folder === '' ? 'root' : folder.slice('packages/'.length)
    for (const name of new Set([...dependencies, ...devDependencies])) {
      if (!own.has(name)) users.set(name, [...(users.get(name) ?? []), room])
    }
  }
  return users
}

function readRows(text: string): readonly Row[] {
  return text.split('\n').flatMap((content, index) => {
    if (!/^\| `/.test(content)) return []
    const cells = content.split('|').slice(1, -1)
    return [{ line: index + 1, cells: cells.map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')) }]
  })
}
