import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOidcIssuer, type OidcIssuer } from '../oidc-issuer.ts'
import { freePort } from '../../tools/free-port.ts'
import { removeFolder, startServer, type RunningServer } from '../server.ts'
import { accessibilityFindings, inChromium, openPage } from './chromium.ts'

inChromium('signing in to the console with OpenID Connect', (browser) => {
  let issuer: OidcIssuer
  let server: RunningServer
  beforeAll(async () => {
    const port = await freePort()
    const publicUrl = `http://127.0.0.1:${port}`
    issuer = await startOidcIssuer([publicUrl], { ada: ['operators'], ray: ['readers'] })
    server = await startServer({ port, environment: issuer.environmentOf(publicUrl) })
    await fetch(`${server.url}/console/`)
  }, 120_000)
  afterAll(async () => {
    await server.kill('SIGTERM')
    await issuer.stop()
    await removeFolder(server.dataDir)
  })

  const begin = (page: Page) =>
    page.getByRole('button', { name: 'Sign in with Example <b>Login</b>' }).click()
  /** On the issuer's own page. */
  async function nameOneself(page: Page, person: string): Promise<void> {
    await page.getByPlaceholder('Enter any login').fill(person)
    await page.getByPlaceholder('and password').fill('x')
    await page.getByRole('button', { name: 'Sign-in' }).click()
  }
  async function open(path: string) {
    const opened = await openPage(browser(), 'about:blank')
    // Its page asks another host for a typeface.
    await opened.context.route(/googleapis/, (route) => route.abort())
    await opened.page.goto(`${server.url}/console${path}`)
    return opened
  }

  test('a person signs in, comes to the page that they asked for, switches, and signs out here and there', async () => {
    const { page } = await open('/routes/use-case/clinical')
    await page.getByText('or with a key', { exact: true }).waitFor()
    expect(await accessibilityFindings(page)).toEqual([])
    await begin(page)
    await nameOneself(page, 'ada')
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(page.url()).toBe(`${server.url}/console/routes/use-case/clinical`)
    await page
      .getByRole('button', { name: 'Signed in as ada of the tests' })
      .getByText('ada of the tests')
      .waitFor()

    await page.getByRole('button', { name: 'Switch…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('searchbox').fill('nova micro')
    await dialog
      .getByRole('option', { name: /Amazon Nova Micro/ })
      .first()
      .click()
    await dialog.getByText('Every gate passes').waitFor()
    await dialog.getByLabel('Reason').fill('by a person')
    await dialog.getByRole('button', { name: 'Switch', exact: true }).click()
    await page.getByText(/Every replica serves revision \d+/).waitFor()
    await page.goto(`${server.url}/console/switches`)
    await page.getByText('person:ada').first().waitFor()

    await page.getByRole('button', { name: /^Signed in as/ }).click()
    expect(await accessibilityFindings(page)).toEqual([])
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Yes, sign me out' }).click()
    await page.getByText('or with a key', { exact: true }).waitFor()
    // Signed out there, too: the issuer asks who it is.
    await begin(page)
    await page.getByPlaceholder('Enter any login').waitFor()
  })

  test('whose rights ended is told so at the next sign-in, and a key still opens the console', async () => {
    const { page } = await open('/routes/use-case/clinical')
    await begin(page)
    await nameOneself(page, 'ray')
    await page.getByRole('button', { name: /^Switch…/ }).click({ force: true })
    expect(await page.getByRole('dialog').count()).toBe(0)
    const reason = page.getByText('You need the scope switch for this; you have read.').first()
    await reason.waitFor({ state: 'attached' })
    issuer.setGroups('ray', [])
    await page.context().clearCookies({ name: 'pointsman_session' })
    await page.reload()
    await begin(page)
    await page
      .getByRole('alert')
      .getByText('Example <b>Login</b> knows you, but nothing here is open')
      .waitFor()
    expect(new URL(page.url()).search).toBe('')
    expect(await accessibilityFindings(page)).toEqual([])
    await page.getByLabel('Key', { exact: true }).fill(server.key)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Signed in as service' }).waitFor()
  })

  test('what a link says is no sentence of the page', async () => {
    const { page } = await open('/?sign-in=Call%20555-0100')
    await page.getByText('or with a key', { exact: true }).waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    expect(await page.content()).not.toContain('555')
    await page.goto(
      `${server.url}/console/api/session/oidc/callback?error=access_denied&error_description=Call+555`,
    )
    await page.getByRole('alert').getByText('Begin again.').waitFor()
    expect(await page.content()).not.toContain('555')
  })
})
