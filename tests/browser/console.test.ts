import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { api, eventually, removeFolder, startServer, type RunningServer } from '../server.ts'
import { accessibilityFindings, inChromium, openPage, type WatchedPage } from './chromium.ts'
import { openSignedIn, openSignedInAlone } from './signed-in.ts'

const lite = 'eu.amazon.nova-lite-v1:0'

/** Every page of the navigation, by its address and its heading. */
const pages = [
  ['/overview', 'Overview'],
  ['/models', 'Models'],
  ['/agents', 'Agents'],
  ['/providers', 'Providers & keys'],
  ['/routes', 'Routes'],
  ['/routes/use-case/clinical', 'use-case/clinical'],
  ['/switches', 'Switches'],
] as const

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key', { exact: true }).fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  // On a phone it is hidden until it is asked for.
  await page.locator('#navigation').waitFor({ state: 'attached' })
}

const serious = async (page: Page): Promise<readonly string[]> =>
  (await accessibilityFindings(page)).filter((finding) => /^(?:serious|critical)/.test(finding))

const chat = (server: RunningServer, model: string) =>
  api(server, '/v1/chat/completions', { body: { model, messages: [{ role: 'user', content: 'Hello' }] } })

inChromium('the console', (browser) => {
  // Axe alone takes seconds where everything else of the machine is busy, too.
  vi.setConfig({ testTimeout: 600_000 })
  let server: RunningServer
  const signedIn = (path: string): Promise<WatchedPage> => openSignedIn(browser(), server, path)
  beforeAll(async () => {
    server = await startServer()
    await chat(server, 'use-case/clinical')
    // Built with the first request for it.
    expect((await fetch(`${server.url}/console`)).status).toBe(200)
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
  })

  test('a wrong key is refused in words, the right one opens the page that was asked for', async () => {
    const { page, context, problems } = await openPage(browser(), `${server.url}/console/routes`)
    await page.getByLabel('Key', { exact: true }).fill('pm_nobody_knows_it')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This server does not know this key').waitFor()
    expect(await serious(page)).toEqual([])
    await signIn(page, server.key)
    await page.getByRole('heading', { name: 'Routes', level: 1 }).waitFor()
    // The browser tells the refused key as a failed request.
    expect(problems.filter((problem) => !/status of 401/.test(problem))).toEqual([])
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/console' })
    expect(
      await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])'),
    ).not.toContain(server.key)
    await context.close()
  })

  test('a use case is tried, switched, acknowledged and taken back', async () => {
    const { page, problems } = await signedIn('/routes/use-case/health')
    await page.getByRole('button', { name: 'Switch…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('searchbox').fill('nova micro')
    const option = dialog.getByRole('option', { name: /Amazon Nova Micro/ }).first()
    // As wide as its list: built for tests, lists measure nothing.
    expect((await option.boundingBox())?.width).toBeGreaterThan(200)
    await option.click()
    await dialog.getByText('Every gate passes').waitFor()
    await dialog.getByText('Switching AI Model').waitFor()
    expect(await serious(page)).toEqual([])
    await dialog.getByLabel('Reason').fill('Cheaper for short answers')
    await dialog.getByRole('button', { name: 'Switch', exact: true }).click()
    await page.getByText(/Every replica serves revision \d+/).waitFor()
    expect((await chat(server, 'use-case/health')).headers.get('x-pointsman-model')).toMatch(/nova-micro/)
    expect(await serious(page)).toEqual([])
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone: Amazon Nova Lite serves again.').waitFor()
    // Of two windows, one after the other: the focus is where it was before the first.
    await page.locator('button:focus', { hasText: 'Switch…' }).waitFor()
    expect((await chat(server, 'use-case/health')).headers.get('x-pointsman-model')).toBe(lite)
    expect(problems).toEqual([])
  })

  test('the record shows both switches; the chain holds; one is opened by its address', async () => {
    const { page, problems } = await signedIn('/switches')
    await page.getByText('Cheaper for short answers').waitFor()
    await page.getByRole('button', { name: 'Verify the chain' }).click()
    await page.getByText(/The chain holds/).waitFor()
    await page.locator('.table-open').last().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Evidence').waitFor()
    await page.waitForURL(/\/console\/switches\/[\w-]+$/)
    expect(await serious(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(problems).toEqual([])
  })

  test('candidates are put in another order by keyboard, and saved', async () => {
    const { page, problems } = await signedIn('/routes/use-case/operations')
    const names = () =>
      page.getByRole('grid', { name: 'Candidates, best first' }).getByRole('row').allInnerTexts()
    await page
      .getByRole('button', { name: /^Move / })
      .first()
      .focus()
    const before = await names()
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Save the changes' }).click()
    await page.getByText(/is in force as revision/).waitFor()
    const after = (await api<{ candidates: { modelId: string }[] }>(server, '/api/v1/use-cases/operations'))
      .body
    expect(after.candidates.map(({ modelId }) => modelId)).not.toEqual([])
    // Read anew after it was saved: until then the list is the one from before.
    const shown = await eventually(names, (now) => now.join() !== before.join())
    expect(shown.join()).not.toBe(before.join())
    expect(problems).toEqual([])
  })

  test('who may only read sees everything, and is told why nothing can be pressed', async () => {
    const { key } = (
      await api<{ key: string }>(server, '/api/v1/keys', { body: { name: 'looks', scopes: ['read'] } })
    ).body
    const reader = { url: server.url, key }
    const { page, context, problems } = await openSignedInAlone(
      browser(),
      reader,
      '/routes/use-case/clinical',
    )
    const button = page.getByRole('button', { name: /^Switch…/ })
    await button.click({ force: true })
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await button.getAttribute('aria-describedby')).not.toBe(null)
    await page
      .getByText('Your key needs the scope switch for this; it has read.')
      .first()
      .waitFor({ state: 'attached' })
    expect(problems).toEqual([])
    await context.close()
  })

  test.each([
    ['wide', () => signedIn('/overview')],
    ['on a phone', () => openSignedInAlone(browser(), server, '/overview', phone)],
  ])(
    'every page %s: nothing that axe calls serious, in light and dark, and nothing to scroll sideways',
    async (_place, open) => {
      const { page, problems } = await open()
      for (const [path, heading] of pages) {
        await page.goto(`${server.url}/console${path}`)
        await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
        await page.locator('.loading').first().waitFor({ state: 'detached' })
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          expect(await serious(page), `${path} ${colorScheme}`).toEqual([])
        }
        const beside = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        expect(beside, path).toBeLessThanOrEqual(0)
      }
      // The smallest phone, and a wide window at 400 %.
      await page.setViewportSize({ width: 320, height: 640 })
      const bar = await page.evaluate(
        "(() => { const bar = document.querySelector('.top-bar'); return bar.scrollWidth - bar.clientWidth })()",
      )
      expect(bar).toBeLessThanOrEqual(0)
      expect(problems).toEqual([])
    },
  )

  test('the pages by keyboard alone: skip link, g and a letter, the list of shortcuts', async () => {
    const { page } = await signedIn('/overview')
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.getByRole('heading', { name: 'Switches', level: 1 }).waitFor()
    await page.locator('main:focus').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('signing out ends the session in every window', async () => {
    const { page, context } = await openSignedInAlone(browser(), server, '/switches')
    const second = await context.newPage()
    await second.goto(`${server.url}/console/routes`)
    await second.getByRole('heading', { name: 'Routes', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Signed in as service' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Pointsman' }).waitFor()
    await second.reload()
    await second.getByRole('heading', { name: 'Sign in to Pointsman' }).waitFor()
    await context.close()
  })

  test('a server that goes away is told of, and what it shows is read anew once it is back', async () => {
    const { page } = await signedIn('/switches')
    await page.getByText('Cheaper for short answers').waitFor()
    const { dataDir, url } = server
    await server.kill('SIGTERM')
    await page.getByText('The server does not answer. Trying again…').waitFor()
    server = await startServer({ dataDir, port: Number(new URL(url).port) })
    await api(server, '/api/v1/switches', {
      body: { modelId: lite, useCase: 'clinical', reason: 'While you were away' },
    })
    await page.getByText('While you were away').waitFor({ timeout: 60_000 })
    expect(await page.getByText('The server does not answer.').count()).toBe(0)
  })
})
