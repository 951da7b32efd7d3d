import type { Finding, Tree } from './tree.ts'
import { isTest } from './tree.ts'

/** Folders whose children are to look alike, and the children that hold something else. */
const families = [
  { folder: 'packages/providers/src', others: ['conformance', 'testing'] },
  { folder: 'packages/wire/src', others: ['framing', 'testing'] },
]

/**
 * Provider folders have the same files, and so have dialect folders. One that lacks a file says why in its
 * index.ts: `// no stream-read.ts: reason`. What a single vendor needs is named `quirk-….ts` and not compared.
 */
export function checkSameFiles(tree: Tree): readonly Finding[] {
  return families.flatMap((family) => {
    const children = readChildren(tree, family)
    const expected = [...new Set([...children.values()].flatMap((files) => [...files]))].sort()
    return [...children].flatMap(([child, files]) => checkChild({ tree, child, files, expected }))
  })
}

type Family = { readonly folder: string; readonly others: readonly string[] }

function readChildren(tree: Tree, { folder, others }: Family): ReadonlyMap<string, ReadonlySet<string>> {
  const children = new Map<string, Set<string>>()
  for (const path of tree.keys()) {
    if (!path.startsWith(`${folder}/`) || !path.endsWith('.ts') || isTest(path)) continue
    const [child, ...below] = path.slice(folder.length + 1).split('/')
    const file = below.join('/')
    if (child === undefined || file === '' || others.includes(child) || /(^|\/)quirks?[-./]/.test(file))
      continue
    const place = `${folder}/${child}`
    children.set(place, (children.get(place) ?? new Set()).add(file))
  }
  return children
}

type Child = {
  readonly tree: Tree
  readonly child: string
  readonly files: ReadonlySet<string>
  readonly expected: readonly string[]
}

function checkChild({ tree, child, files, expected }: Child): readonly Finding[] {
  const index = `${child}/index.ts`
  const text = tree.get(index) ?? ''
  const declared = new Map(
    text.split('\n').flatMap((line, at) => {
      const file = /^\/\/ no (\S+\.ts): \S/.exec(line)?.[1]
      return file === undefined ? [] : [[file, at + 1] as const]
    }),
  )
  const missing = expected
    .filter((file) => !files.has(file) && !declared.has(file))
    .map((file) => ({
      line: 1,
      says: `its siblings have ${file}: add it, or say "// no ${file}: reason" here`,
    }))
  const untrue = [...declared]
    .filter(([file]) => files.has(file) || !expected.includes(file))
    .map(([file, line]) => ({
      line,
      says: `says that ${file} is missing, but it exists or no sibling has it`,
    }))
  return [...missing, ...untrue].map((finding) => ({ path: index, law: 'same-files', ...finding }))
}
