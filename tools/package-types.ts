import { globSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, posix, relative } from 'node:path'
import ts from 'typescript'

/**
 * The types of a package whose entries lead into other rooms: each declaration that the entries reach, in one tree, with
 * paths in place of the names of rooms, which nobody else can install.
 */
export interface TypesWish {
  readonly root: string
  /** Entries of the package by the names of their files: `index` → its source. */
  readonly entries: ReadonlyMap<string, string>
  readonly dist: string
  /** Whose compiler options hold, from the root. */
  readonly tsconfig: string
}

export async function writeTypes({ dist, entries, root, tsconfig }: TypesWish): Promise<void> {
  const declarations = declare(root, tsconfig, [...entries.values()])
  const reached = reach(declarations, [...entries.values()].map(declarationOf))
  for (const path of reached) {
    const target = join(dist, 'types', relative(root, path))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, rewritten(declarations, path))
  }
  for (const [name, source] of entries) {
    const path = posix.join('./types', relative(root, source).replace(/\.ts$/, '.js'))
    await writeFile(join(dist, `${name}.d.ts`), `export * from './${path}'\n`)
  }
}

interface Declared {
  readonly text: string
  /** What it imports: specifier → the declaration that it leads to, where that is one of ours. */
  readonly imports: ReadonlyMap<string, string>
}

const declarationOf = (source: string): string => source.replace(/\.ts$/, '.d.ts')

function declare(root: string, tsconfig: string, sources: readonly string[]): ReadonlyMap<string, Declared> {
  const { config } = ts.readConfigFile(join(root, tsconfig), (path) => ts.sys.readFile(path)) as {
    readonly config: object
  }
  const { errors, options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: sources },
    ts.sys,
    root,
  )
  if (errors.length > 0) throw new Error(ts.formatDiagnostics(errors, ts.createCompilerHost({})))
  options.noEmit = false
  options.declaration = true
  options.emitDeclarationOnly = true
  options.paths = roomPaths(root)
  const host = ts.createCompilerHost(options)
  const program = ts.createProgram([...sources], options, host)
  const declared = new Map<string, Declared>()
  program.emit(undefined, (path, text, ...[, , files]) => {
    const [file] = files ?? []
    const imports = new Map<string, string>()
    for (const { fileName: specifier } of ts.preProcessFile(text).importedFiles) {
      const { resolvedModule } = ts.resolveModuleName(specifier, file?.fileName ?? path, options, host)
      const found = resolvedModule?.resolvedFileName
      if (found !== undefined && !found.includes('/node_modules/') && found.endsWith('.ts'))
        imports.set(specifier, declarationOf(found))
    }
    declared.set(path, { text, imports })
  })
  return declared
}

/** Rooms by their sources: through node_modules they would be other people's packages, of which nothing is written. */
function roomPaths(root: string): Record<string, string[]> {
  const paths: Record<string, string[]> = {}
  for (const path of globSync('packages/*/package.json', { cwd: root })) {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as {
      readonly name: string
      readonly exports?: { readonly [key: string]: string }
    }
    for (const [key, file] of Object.entries(manifest.exports ?? {}))
      paths[posix.join(manifest.name, key)] = [join(root, dirname(path), file)]
  }
  return paths
}

function reach(declared: ReadonlyMap<string, Declared>, from: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>(from)
  // A set that grows while it is walked is walked to its new end.
  for (const path of reached) for (const next of declared.get(path)?.imports.values() ?? []) reached.add(next)
  return reached
}

function rewritten(declared: ReadonlyMap<string, Declared>, path: string): string {
  const own = declared.get(path)
  if (own === undefined) throw new Error(`no declaration was written for ${path}`)
  let { text } = own
  for (const [specifier, target] of own.imports) {
    const way = posix.relative(posix.dirname(path), target).replace(/\.d\.ts$/, '.js')
    const quoted = new RegExp(`(['"])${specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\1`, 'g')
    text = text.replace(quoted, `'${way.startsWith('.') ? way : `./${way}`}'`)
  }
  return text
}
