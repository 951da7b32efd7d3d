import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from '../../tools/free-port.ts'
import { api, removeFolder, startServer, temporaryFolder, type RunningServer } from '../server.ts'
import { accessibilityFindings, inChromium, type WatchedPage } from './chromium.ts'
import { openSignedIn, openSignedInAlone } from './signed-in.ts'

/** Every page of the navigation, and what it says where there is nothing. */
const pages = [
  ['/overview', 'Overview', 'Nothing was asked in this time'],
  ['/models', 'Models', null],
  ['/routes', 'Routes', null],
  ['/switches', 'Switches', 'No switches yet'],
  ['/agents', 'Agents', 'No agents yet'],
  ['/providers', 'Providers & keys', 'No keys yet'],
  ['/usage', 'Usage', 'Nothing was asked in this time'],
  ['/why', 'Why this model?', 'No requests yet'],
  ['/playground', 'Playground', 'Nothing was asked yet.'],
] as const

const lite = 'eu.amazon.nova-lite-v1:0'
/** Markup that would run, text that turns its surroundings round, emoji, and no end. */
const markup = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>"'\u202Eevil\u{1F469}\u200D\u2695\uFE0F`
const name = markup.replaceAll(/[\s/]/g, '_')
const id = `<img_src=x_onerror="window.ran=1"><script>window.ran=1<_script>"'`
const endless = (text: string, length: number): string => text.padEnd(length, 'M')

const seriousFindings = async (page: Page, rules: readonly string[] | null): Promise<readonly string[]> =>
  (await accessibilityFindings(page, rules)).filter((finding) => /^(?:serious|critical)/.test(finding))

inChromium('every page with nothing, with hostile names, and with the server gone', (browser) => {
  vi.setConfig({ testTimeout: 600_000 })
  let server: RunningServer

  const untilRead = async (page: Page, heading: string): Promise<void> => {
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    await page.locator('.loading').first().waitFor({ state: 'detached' })
  }
  const visit = async (path: string, heading: string): Promise<WatchedPage> => {
    const window = await openSignedIn(browser(), server, path)
    await untilRead(window.page, heading)
    return window
  }
  /** In dark, what may differ from light: the colours. */
  const judge = async (page: Page, what: string): Promise<void> => {
    for (const [colorScheme, rules] of [
      ['light', null],
      ['dark', ['color-contrast']],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page, rules), `${what}, ${colorScheme}`).toEqual([])
    }
  }

  beforeAll(async () => {
    server = await startServer({ dataDir: await temporaryFolder(), port: await freePort() })
    for (const below of ['agents', 'aliases', 'roles']) {
      const { body } = await api<{ data: { name: string }[] }>(server, `/api/v1/${below}`)
      for (const one of body.data) await api(server, `/api/v1/${below}/${one.name}`, { method: 'DELETE' })
    }
    await fetch(`${server.url}/console`)
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
  })

  test('with nothing to show each page says so', async () => {
    for (const [path, heading, words] of pages) {
      const { page, problems } = await visit(path, heading)
      if (words !== null) await page.getByText(words).first().waitFor()
      await judge(page, path)
      expect(problems, path).toEqual([])
    }
  })

  test('names and reasons are text, whatever they are', async () => {
    const put = async (path: string, body: unknown, method = 'PUT'): Promise<void> => {
      const answer = await api(server, path, { method, body })
      expect(answer.status, `${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300)
    }
    const { body: of } = await api<{ model: object }>(server, `/api/v1/models/${encodeURIComponent(lite)}`)
    const model = { ...of.model, id: undefined, name: endless(markup, 200), replacement: undefined }
    const modelId = endless(id, 150)
    await put(`/api/v1/models/${encodeURIComponent(modelId)}`, { ...model, prices: [] })
    await put(`/api/v1/use-cases/${encodeURIComponent(name)}`, { candidates: [{ modelId, weight: 1 }] })
    await put(`/api/v1/agents/${encodeURIComponent(endless(name, 200))}`, { target: modelId })
    await put('/api/v1/keys', { name: endless(markup, 200), scopes: ['read'] }, 'POST')
    await put('/api/v1/switches', { modelId, useCase: name, reason: endless(markup, 2_000) }, 'POST')
    await put('/api/v1/switches', { modelId, userId: endless(markup, 256), reason: markup }, 'POST')
    const messages = [{ role: 'user', content: markup }]
    const asked = { 'x-pointsman-conversation': encodeURIComponent(markup), 'x-pointsman-tags': 'a' }
    for (const called of [`use-case/${name}`, modelId, endless(markup, 10_000)])
      await api(server, '/v1/chat/completions', {
        body: { model: called, user: endless(name, 256), messages },
        headers: asked,
      })
    const detail = [
      [`/models/${encodeURIComponent(modelId)}`, 'Models'],
      [`/routes/use-case/${encodeURIComponent(name)}`, `use-case/${name}`],
      ['/usage?by=user', 'Usage'],
      ['/usage?by=route', 'Usage'],
    ] as const
    for (const [path, heading] of [...pages, ...detail]) {
      const { page, problems } = await visit(path, heading)
      if (path === '/why' || path === '/switches' || path === '/agents') {
        await page.locator('.table-open').first().click()
        await page.locator('[role=dialog], .why-columns').first().waitFor()
        await page.locator('.loading').first().waitFor({ state: 'detached' })
      }
      expect(await page.locator('main img, main script, [onerror]').count(), path).toBe(0)
      expect(
        await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
        path,
      ).toBeLessThanOrEqual(0)
      expect(await seriousFindings(page, null), path).toEqual([])
      expect(await page.evaluate('window.ran'), path).toBeUndefined()
      expect(problems, path).toEqual([])
    }
  })

  test('with the server gone each page says so, loses nothing that was typed, and comes back by itself', async () => {
    const opened = new Map<string, Page>()
    // Each in a profile of its own: a browser has six connections to a server, and each page holds one.
    for (const [path, heading] of pages) {
      const { page } = await openSignedInAlone(browser(), server, path)
      await untilRead(page, heading)
      opened.set(path, page)
    }
    const at = (path: string): Page => opened.get(path) ?? expect.fail(path)
    await at('/playground').getByRole('textbox', { name: 'Message' }).fill('Half a question')
    await at('/why').getByRole('textbox', { name: 'Request id' }).fill('a request')
    await at('/switches').getByRole('button', { name: 'Switch the default' }).click()
    await at('/switches').getByLabel('Reason').fill('Half a reason')
    const { dataDir, key } = server
    const port = Number(new URL(server.url).port)
    await server.kill('SIGKILL')
    for (const [path, heading] of pages) {
      const page = at(path)
      await page.getByText('The server does not answer. Trying again…').waitFor()
      if (path !== '/switches') await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
      await judge(page, path)
    }
    // Its code was never loaded in this tab.
    await at('/models').getByRole('link', { name: 'Usage' }).click()
    await at('/models').getByText('The server does not answer.').waitFor()
    server = await startServer({ dataDir, port })
    expect(server.key).toBe(key)
    for (const [path] of pages)
      await at(path).getByText('The server does not answer.').waitFor({ state: 'detached', timeout: 30_000 })
    await at('/models').getByRole('heading', { name: 'Usage', level: 1 }).waitFor()
    expect(await at('/playground').getByRole('textbox', { name: 'Message' }).inputValue()).toBe(
      'Half a question',
    )
    expect(await at('/why').getByRole('textbox', { name: 'Request id' }).inputValue()).toBe('a request')
    expect(await at('/switches').getByLabel('Reason').inputValue()).toBe('Half a reason')
    for (const [path] of pages) {
      await at(path).locator('.loading').first().waitFor({ state: 'detached' })
      expect(await at(path).locator('.problem').count(), path).toBe(0)
    }
  })
})
