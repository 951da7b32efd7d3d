import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanEnvironment, root, temporaryFolder } from '../../server.ts'
import type { Edit, PlantedFault } from './faults.ts'

/** What the tests need beside their own package. */
const copied = ['packages', 'tests', 'tools', 'catalogue', 'supabase', 'package.json', 'tsconfig.json']
/** Neither a server for all files nor long limits: a fault that makes a test wait has been noticed then, too. */
const configuration = `import { defineConfig } from 'vitest/config'
export default defineConfig({
  test: { include: ['packages/*/src/**/*.test.ts'], testTimeout: 10_000, hookTimeout: 60_000, isolate: false, maxWorkers: 2 },
})
`

/** A copy of the sources that can be broken without anybody else seeing it. */
export interface Nursery {
  /** Runs the fault's tests on sources with the fault in them, or without it; answers how many failed, of how many. */
  run(fault: PlantedFault, planted: boolean): Promise<{ readonly failed: number; readonly of: number }>
  close(): Promise<void>
}

export async function openNursery(): Promise<Nursery> {
  const folder = await temporaryFolder()
  await Promise.all(copied.map((name) => cp(join(root, name), join(folder, name), { recursive: true })))
  await linkModules(folder)
  await writeFile(join(folder, 'vitest.config.ts'), configuration)
  return {
    async run(fault, planted) {
      if (!planted) return runTests(folder, fault)
      const undo = await plant(folder, fault.edits)
      try {
        return await runTests(folder, fault)
      } finally {
        await undo()
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Other people's packages are shared; ours are those of the copy. */
async function linkModules(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '@pointsman'), { recursive: true })
  const [others, own] = await Promise.all([
    readdir(join(root, 'node_modules')),
    readdir(join(root, 'packages')),
  ])
  const foreign = others.filter((name) => name !== '@pointsman')
  await Promise.all([
    ...foreign.map((name) => symlink(join(root, 'node_modules', name), join(modules, name))),
    ...own.map((name) => symlink(join('../../packages', name), join(modules, '@pointsman', name))),
  ])
}

async function plant(folder: string, edits: readonly Edit[]): Promise<() => Promise<void>> {
  const originals = new Map<string, string>()
  for (const { after, before, file } of edits) {
    const path = join(folder, file)
    const text = await readFile(path, 'utf8')
    if (!originals.has(path)) originals.set(path, text)
    if (text.split(before).length !== 2)
      throw new Error(`${file} has not exactly one: ${before}. Correct the fault to what stands there now.`)
    await writeFile(
      path,
      text.replace(before, () => after),
    )
  }
  return async () => {
    for (const [path, text] of originals) await writeFile(path, text)
  }
}

async function runTests(folder: string, { only, tests }: PlantedFault) {
  const outputFile = join(folder, 'result.json')
  await rm(outputFile, { force: true })
  const chosen = only === undefined ? [] : ['-t', only]
  const args = ['run', ...tests, ...chosen, '--reporter=json', `--outputFile=${outputFile}`]
  const environment = Object.entries(cleanEnvironment()).filter(([name]) => !name.startsWith('VITEST'))
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: folder,
    env: Object.fromEntries(environment),
    stdio: 'ignore',
  })
  await once(child, 'exit')
  const told = JSON.parse(await readFile(outputFile, 'utf8')) as {
    readonly numFailedTests: number
    readonly numPassedTests: number
  }
  return { failed: told.numFailedTests, of: told.numFailedTests + told.numPassedTests }
}
