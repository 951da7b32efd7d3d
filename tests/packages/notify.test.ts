import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inChromium, openPage } from '../browser/chromium.ts'
import { servePages } from '../browser/page-server.ts'
import { removeFolder, root, temporaryFolder } from '../server.ts'

/** The package as it is published: built, packed, and installed into a project that has nothing else. */
const run = promisify(execFile)
let project: string
let installed: string
beforeAll(async () => {
  project = await temporaryFolder()
  installed = join(project, 'node_modules/@pointsman/notify')
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n')
  const built = await run(process.execPath, ['tools/build-package.ts', 'notify'], { cwd: root })
  const packed = await run('npm', ['pack', built.stdout.trim(), '--pack-destination', project, '--silent'])
  const tarball = join(project, packed.stdout.trim())
  await run('npm', ['install', '--no-audit', '--no-fund', '--offline', tarball], { cwd: project })
}, 300_000)
afterAll(() => removeFolder(project))

test('it depends on nothing, and nothing of the repository is left in it', async () => {
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as object
  expect(manifest).toMatchObject({ name: '@pointsman/notify', dependencies: {}, sideEffects: false })
  const script = await readFile(join(installed, 'index.js'), 'utf8')
  expect(script).not.toMatch(/^\s*(import|export) .*from/m)
  expect(await readFile(join(installed, 'index.d.ts'), 'utf8')).not.toMatch(/['"]@pointsman\//)
})

test('a server that renders pages may import it; what needs a document says so', async () => {
  const program = `
    import { english, connectModelSwitchNotifications, showModelSwitchDialog, showModelSwitchNotification } from '@pointsman/notify'
    const said = []
    for (const call of [
      () => showModelSwitchNotification({ modelName: 'a', modelId: 'a', type: 'auto' }),
      () => showModelSwitchDialog({ availableModels: [], currentModelId: 'a', currentModelName: 'a' }),
      () => connectModelSwitchNotifications({ url: 'https://models.example.org', token: 'a' }),
    ]) try { call() } catch (error) { said.push(error.message) }
    console.log(JSON.stringify([english.language, said]))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: project })
  const [language, said] = JSON.parse(stdout) as [string, string[]]
  expect(language).toBe('en')
  expect(said).toHaveLength(3)
  for (const message of said) expect(message).toMatch(/no document here.*call this there/)
})

test('its types are there: a page that uses it wrongly does not compile', async () => {
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc')
  const check = async (name: string, text: string): Promise<string> => {
    await writeFile(join(project, name), text)
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024']
    return run(process.execPath, [tsc, ...options, '--lib', 'es2024,dom', name], { cwd: project }).then(
      ({ stdout }) => stdout,
      (failed: unknown) =>
        failed instanceof Error && 'stdout' in failed ? String(failed.stdout) : String(failed),
    )
  }
  const right = `
    import { english, showModelSwitchDialog, type NotifyMessages } from '@pointsman/notify'
    const messages: NotifyMessages = { ...english, dialog: { ...english.dialog, choose: 'Use this model' } }
    const chosen: string | null = await showModelSwitchDialog({
      availableModels: [{ id: 'a', name: 'A', provider: 'amazon', useCase: 'health' }],
      currentModelId: 'a', currentModelName: 'A', messages,
    })
    export { chosen }`
  expect(await check('right.ts', right)).toBe('')
  expect(await check('wrong.ts', right.replace("currentModelName: 'A'", 'currentModelName: 7'))).toMatch(
    /Type 'number' is not assignable to type 'string'/,
  )
})

inChromium('in a browser', (browser) => {
  test('its one file and its demo page work without a bundler', async () => {
    const read = (name: string) => readFile(join(installed, name), 'utf8')
    const site = await servePages({
      '/demo/index.html': { body: await read('demo/index.html') },
      '/demo/demo.css': { type: 'text/css', body: await read('demo/demo.css') },
      '/demo/demo.js': { type: 'text/javascript', body: await read('demo/demo.js') },
      '/index.js': { type: 'text/javascript', body: await read('index.js') },
    })
    try {
      const { page, context, problems } = await openPage(browser(), `${site.url}/demo/index.html`)
      await page.getByRole('button', { name: 'Automatic switch' }).click()
      // A second copy: the file itself, beside the one in the demo's script.
      await page.evaluate(
        `import('/index.js').then(({ showModelSwitchNotification }) => {
           showModelSwitchNotification({ modelName: 'Of the file', modelId: 'x', type: 'manual' })
         })`,
      )
      // Its words stand a second time for a moment, for who hears them.
      await page.getByRole('listitem').filter({ hasText: 'Of the file' }).waitFor()
      expect(await page.getByRole('listitem').count()).toBe(2)
      expect(await page.locator('pointsman-notices').count()).toBe(1)
      expect(problems).toEqual([])
      await context.close()
    } finally {
      await site.close()
    }
  })
})
