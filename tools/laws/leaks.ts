import type { Finding, Tree } from './tree.ts'

/** What must not get into the tree: paths of the machine that wrote it, hosts that its packages came from. */
export type Leaks = { readonly paths: readonly string[]; readonly hosts: readonly string[] }

/**
 * No file holds a path of this machine or the host of a package registry. A path counts where it stands as a
 * whole: `/srv/app` is found in "see /srv/app/x", not in "https://host/srv/app".
 */
export function checkLeaks(tree: Tree, leaks: Leaks): readonly Finding[] {
  const path = anyOf(leaks.paths)
  const host = anyOf(leaks.hosts)
  const patterns = [
    ...(path === null
      ? []
      : [{ pattern: new RegExp(`(?<![\\w.~@/-])(?:${path})(?![\\w-])`), says: 'a path of this machine' }]),
    ...(host === null
      ? []
      : [{ pattern: new RegExp(`(?<![\\w-])(?:${host})(?![\\w-])`), says: 'the host of a registry' }]),
  ]
  const findings: Finding[] = []
  for (const [file, text] of tree) {
    for (const { pattern, says } of patterns) {
      // Most files hold none: one search over the whole text before the lines are looked at.
      if (!pattern.test(text)) continue
      for (const [index, line] of text.split('\n').entries()) {
        if (pattern.test(line))
          findings.push({ path: file, line: index + 1, law: 'leaks', says: `holds ${says}` })
      }
    }
  }
  return findings
}

function anyOf(words: readonly string[]): string | null {
  const wanted = words.filter((word) => word !== '')
  return wanted.length === 0
    ? null
    : wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
}
