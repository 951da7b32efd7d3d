import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inChromium, openPage } from '../browser/chromium.ts'
import { freePort } from '../../tools/free-port.ts'
import { cleanEnvironment, removeFolder, root, temporaryFolder } from '../server.ts'

/** The program as it is published: built, packed, and installed into a folder that has nothing else. */
const run = promisify(execFile)
const key = 'pm_service_of_the_package_0123456789'
let folder: string
let server: ChildProcess
let environment: NodeJS.ProcessEnv
let greeting = ''
const pointsman = async (...words: string[]): Promise<string> =>
  (await run(join(folder, 'node_modules/.bin/pointsman'), words, { env: environment })).stdout

beforeAll(async () => {
  folder = await temporaryFolder()
  await writeFile(join(folder, 'package.json'), '{ "name": "empty", "private": true }\n')
  const built = await run(process.execPath, ['tools/build-package.ts', 'pointsman'], { cwd: root })
  const packed = await run('npm', ['pack', built.stdout.trim(), '--pack-destination', folder, '--silent'])
  const tarball = join(folder, packed.stdout.trim())
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: folder })
  const port = await freePort()
  const inherited = cleanEnvironment({
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    POINTSMAN_SERVICE_KEY: key,
    POINTSMAN_URL: `http://127.0.0.1:${port}`,
  })
  // The greeting says how it was called: these tests may have been by `npm run`.
  environment = Object.fromEntries(Object.entries(inherited).filter(([name]) => !name.startsWith('npm_')))
  // Its own process, not that of `npx`, so that it can be told to stop.
  const program = join(folder, 'node_modules/pointsman/main.js')
  const words = ['sandbox', '--port', String(port), '--data-dir', join(folder, 'data'), '--workers', '1']
  server = spawn(process.execPath, [program, ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const piece of server.stdout ?? []) {
    greeting += String(piece)
    if (greeting.includes('Ctrl-C')) break
  }
  expect(greeting).toContain(`answers at http://127.0.0.1:${port}`)
}, 300_000)
afterAll(async () => {
  if (server.exitCode === null && server.kill('SIGTERM')) await once(server, 'exit')
  await removeFolder(folder)
})

test('it serves and switches, with a database, a thread and child processes of its own', async () => {
  // As the greeting says to, where nothing called it by a name of its own.
  expect(greeting).toMatch(/^ {2}pointsman chat use-case/m)
  const asked = ['chat', 'use-case/clinical', '--message', 'Hello']
  expect(await pointsman(...asked)).toContain('This is Claude Sonnet')
  const order = ['switch', 'eu.amazon.nova-pro-v1:0', '--use-case', 'clinical', '--reason', 'A test']
  expect(await pointsman(...order)).toContain('live on every replica')
  expect(await pointsman(...asked)).toContain('This is Amazon Nova Pro')
})

test('nothing of the repository is left in it, and it brings no more than it says', async () => {
  const installed = join(folder, 'node_modules/pointsman')
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    readonly dependencies: { readonly [name: string]: string }
  }
  expect(Object.keys(manifest.dependencies).filter((name) => name.startsWith('@pointsman/'))).toEqual([])
  const scripts = (await readdir(installed)).filter((name) => name.endsWith('.js'))
  const text = (await Promise.all(scripts.map((name) => readFile(join(installed, name), 'utf8')))).join('\n')
  expect(text).not.toContain(root)
  expect(text).not.toMatch(/new URL\(["'][^"')]*\.ts["']/)
  const packages = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    readonly packages: { readonly [path: string]: { readonly hasInstallScript?: boolean } }
  }
  const all = Object.entries(packages.packages).filter(([path]) => path !== '')
  expect(all.length).toBeLessThanOrEqual(50)
  expect(all.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([])
})

inChromium('in a browser', (browser) => {
  test('its console is there, built', async () => {
    const url = environment['POINTSMAN_URL'] ?? ''
    const { context, page, problems } = await openPage(browser(), `${url}/console/routes`)
    await page.getByLabel('Key', { exact: true }).fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'use-case/clinical' }).waitFor()
    expect(problems).toEqual([])
    await context.close()
  })
})
