import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix, relative } from 'node:path'
import { promisify } from 'node:util'
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
  const declarations = await declare(root, tsconfig, [...entries.values()])
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

const run = promisify(execFile)

/** By the native compiler, in a second where the one in JavaScript took ten; that one still says where an import leads. */
async function declare(
  root: string,
  tsconfig: string,
  sources: readonly string[],
): Promise<ReadonlyMap<string, Declared>> {
  const folder = await mkdtemp(join(tmpdir(), 'pointsman-types-'))
  try {
    const paths = roomPaths(root)
    const project = join(folder, 'tsconfig.json')
    const compilerOptions = {
      ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, paths },
      ...{
        rootDir: root,
        outDir: join(folder, 'out'),
        typeRoots: ['node_modules/@types', 'node_modules'].map((path) => join(root, path)),
      },
    }
    const extending = { extends: join(root, tsconfig), compilerOptions, include: [], files: sources }
    await writeFile(project, JSON.stringify(extending))
    await run(process.execPath, [join(root, 'node_modules/typescript-native/bin/tsc'), '-p', project])
    return await readDeclared(join(folder, 'out'), { root, options: optionsOf(root, tsconfig, paths) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function optionsOf(root: string, tsconfig: string, paths: Record<string, string[]>): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, tsconfig), (path) => ts.sys.readFile(path)) as {
    readonly config: object
  }
  const { errors, options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: [] },
    ts.sys,
    root,
  )
  // That there are no files is the one error there may be.
  const others = errors.filter(({ code }) => code !== 18_002)
  if (others.length > 0) throw new Error(ts.formatDiagnostics(others, ts.createCompilerHost({})))
  return { ...options, paths }
}

async function readDeclared(
  out: string,
  { options, root }: { readonly options: ts.CompilerOptions; readonly root: string },
): Promise<ReadonlyMap<string, Declared>> {
  const declared = new Map<string, Declared>()
  const cache = ts.createModuleResolutionCache(root, (name) => name, options)
  for await (const name of glob('**/*.d.ts', { cwd: out })) {
    const text = await readFile(join(out, name), 'utf8')
    const source = join(root, name).replace(/\.d\.ts$/, '.ts')
    const imports = new Map<string, string>()
    for (const { fileName: specifier } of ts.preProcessFile(text).importedFiles) {
      const { resolvedModule } = ts.resolveModuleName(
        specifier,
        source,
        options,
        ts.sys,
        cache,
        undefined,
        ts.ModuleKind.ESNext,
      )
      const found = resolvedModule?.resolvedFileName
      if (found !== undefined && !found.includes('/node_modules/') && found.endsWith('.ts'))
        imports.set(specifier, declarationOf(found))
    }
    declared.set(join(root, name), { text, imports })
  }
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
