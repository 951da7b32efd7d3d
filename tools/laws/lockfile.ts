import type { Finding, Tree } from './tree.ts'

/** One entry of `packages` in package-lock.json, by the folder that npm installs it into. */
type Entry = {
  readonly resolved?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
type Lock = Readonly<Record<string, Entry>>

const lockPath = 'package-lock.json'
const maxRuntimePackages = 50

/** What `serve` installs stays small and runs nothing at install; the lock file names no host. */
export function checkLockfile(tree: Tree): readonly Finding[] {
  const text = tree.get(lockPath) ?? '{}'
  const lock = (JSON.parse(text) as { packages?: Lock }).packages ?? {}
  const lines = text.split('\n')
  const runtime = runtimePackages(lock, 'packages/pointsman')
  const find = (part: string, says: string): Finding => {
    const line =
      1 +
      Math.max(
        0,
        lines.findIndex((at) => at.includes(part)),
      )
    return { path: lockPath, line, law: 'lockfile', says }
  }
  const findings: Finding[] = []
  if (runtime.length > maxRuntimePackages) {
    const says = `serve installs ${runtime.length} packages, at most ${maxRuntimePackages}: ${runtime.join(' ')}`
    findings.push(find('"packages/pointsman"', says))
  }
  for (const place of runtime) {
    if (lock[place]?.hasInstallScript)
      findings.push(find(`"${place}"`, `${place} runs a script when it is installed`))
  }
  for (const [place, { link, resolved }] of Object.entries(lock)) {
    if (link || resolved === undefined) continue
    findings.push(
      find(`"${place}"`, 'names the host it came from: install with omit-lockfile-registry-resolved'),
    )
  }
  return findings
}

/**
 * The folders of all packages that an install of `start` brings: dependencies of dependencies, without the
 * workspaces themselves and without optional ones (they hold one platform's binary each).
 */
export function runtimePackages(lock: Lock, start: string): readonly string[] {
  const seen = new Set<string>()
  const visit = (place: string): void => {
    const entry = lock[place]
    if (entry?.link && entry.resolved !== undefined) return visit(entry.resolved)
    if (entry === undefined || seen.has(place)) return
    seen.add(place)
    for (const name of Object.keys(entry.dependencies ?? {})) {
      if (entry.optionalDependencies?.[name] === undefined) visit(placeOf(lock, place, name))
    }
  }
  visit(start)
  return [...seen].filter((place) => place.includes('node_modules/')).sort()
}

/** Node's own rule: the nearest node_modules, from the importing package outwards. */
function placeOf(lock: Lock, from: string, name: string): string {
  for (let folder = from; folder !== '';) {
    const place = `${folder}/node_modules/${name}`
    if (lock[place] !== undefined) return place
    const nested = folder.lastIndexOf('/node_modules/')
    folder = nested < 0 ? '' : folder.slice(0, nested)
  }
  return `node_modules/${name}`
}
