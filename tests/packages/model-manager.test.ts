import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import catalogue from '../../catalogue/models.json' with { type: 'json' }
import { readBlocks } from '../../tools/documents/blocks.ts'
import { idsWhereLike } from '../../tools/documents/like.ts'
import { cleanEnvironment, removeFolder, root, temporaryFolder } from '../server.ts'

/** The package as it is published: built, packed, and installed into a project that has nothing else. */
const run = promisify(execFile)
const token = 'ABSKsimulated'
const readme = readBlocks(await readFile(join(root, 'packages/model-manager/README.md'), 'utf8'))
const blockOf = (language: string, word: string): string => {
  const block = readme.find((one) => one.language === language && one.words.includes(word))
  if (block === undefined) throw new Error(`the README has no block "${language} ${word}"`)
  return block.text
}

let simulator: Simulator
let project: string
let environment: NodeJS.ProcessEnv
beforeAll(async () => {
  simulator = await startSimulator({
    models: catalogue.models as unknown as readonly SimulatedModel[],
    credentials: { bearerTokens: [token] },
    latency: { firstTokenMs: 1, perTokenMs: 0 },
  })
  environment = cleanEnvironment({
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
    AWS_BEARER_TOKEN_BEDROCK: token,
  })
  project = await temporaryFolder()
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n')
  await mkdir(join(project, 'config'))
  await writeFile(join(project, 'config/dev.yaml'), `${blockOf('yaml', 'file')}\n`)
  await writeFile(join(project, 'example.mjs'), `${blockOf('js', 'run')}\n`)
  const built = await run(process.execPath, ['tools/build-package.ts', 'model-manager'], { cwd: root })
  const packed = await run('npm', ['pack', built.stdout.trim(), '--pack-destination', project, '--silent'])
  const tarball = join(project, packed.stdout.trim())
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: project })
}, 300_000)
afterAll(async () => {
  await simulator.close()
  await removeFolder(project)
})

test('its README example prints what the README shows, on Node', async () => {
  const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: project, env: environment })
  expect(idsWhereLike(blockOf('text', 'like'), stdout)).not.toBeNull()
})

const deno = process.env['POINTSMAN_TEST_DENO']
test.skipIf(deno === undefined)('and on Deno, with the rights that the README names', async () => {
  const line = readme.find(({ text }) => text.includes('deno run'))?.text ?? ''
  const words = (line.split('\n').find((text) => text.startsWith('deno ')) ?? '').split(' ').slice(1)
  const { stdout } = await run(deno ?? '', words, { cwd: project, env: environment })
  expect(idsWhereLike(blockOf('text', 'like'), stdout)).not.toBeNull()
})

test('its types are there: a program that uses it wrongly does not compile', async () => {
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc')
  const check = async (name: string, text: string): Promise<string> => {
    await writeFile(join(project, name), text)
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--skipLibCheck',
      'false',
    ]
    const typeRoots = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    return run(process.execPath, [tsc, ...options, ...typeRoots, name], { cwd: project }).then(
      ({ stdout }) => stdout,
      (failed: unknown) =>
        failed instanceof Error && 'stdout' in failed ? String(failed.stdout) : String(failed),
    )
  }
  expect(await check('right.ts', blockOf('js', 'run'))).toBe('')
  const wrong = blockOf('js', 'run').replace("agentName: 'sql_agent'", 'agentName: 7')
  expect(await check('wrong.ts', wrong)).toMatch(/Type 'number' is not assignable to type 'string'/)
})

test('nothing of the repository is left in it', async () => {
  const installed = join(project, 'node_modules/@pointsman/model-manager')
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    readonly dependencies: { readonly [name: string]: string }
  }
  expect(Object.keys(manifest.dependencies).filter((name) => name.startsWith('@pointsman/'))).toEqual([])
  const types = await readFile(join(installed, 'types/packages/model-manager/src/open-manager.d.ts'), 'utf8')
  expect(types).not.toMatch(/['"]@pointsman\//)
})
