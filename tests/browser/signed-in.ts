import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { startServer, type RunningServer } from '../server.ts'
import { openAgain, openPage, type Look, type WatchedPage } from './chromium.ts'

/** A sandbox whose console is built: the first request of it waits for that. */
export async function startWithConsole(): Promise<RunningServer> {
  const server = await startServer({ command: 'sandbox' })
  await fetch(`${server.url}/console/`)
  return server
}

type Server = Pick<RunningServer, 'url' | 'key'>

/** Of each server the window that its tests use one after the other. */
const windows = new WeakMap<Server, WatchedPage>()

/** The console of a server at a page of it (`/providers`), signed in with its own key, in the one window of the server's tests. */
export async function openSignedIn(
  browser: Browser,
  server: Server,
  path: string,
  look: Look = {},
): Promise<WatchedPage> {
  const window = windows.get(server) ?? (await openOwn(browser, server))
  windows.set(server, window)
  await openAgain(window, `${server.url}/console${path}`, look)
  await untilShown(window)
  return window
}

/** The same in a profile of its own. */
export async function openSignedInAlone(
  browser: Browser,
  server: Server,
  path: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const window = await openOwn(browser, server, options)
  await window.page.goto(`${server.url}/console${path}`)
  await untilShown(window)
  return window
}

async function openOwn(
  browser: Browser,
  server: Server,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const window = await openPage(browser, 'about:blank', options)
  // As the page of the sign-in does it, which is a test of its own.
  const answer = await window.context.request.post(`${server.url}/console/api/session`, {
    headers: { 'x-pointsman-console': '1' },
    data: { key: server.key },
  })
  if (!answer.ok()) throw new Error(`the key was refused: ${await answer.text()}`)
  return window
}

/** Whether what the page tells at its edge lies beside the open drawer, and not over its buttons. */
export async function isToldBesideDrawer(page: Page): Promise<boolean> {
  const told = await page.locator('.toast').boundingBox()
  const drawer = await page.locator('.dialog.side').boundingBox()
  return told !== null && drawer !== null && told.x + told.width <= drawer.x
}

/** The way in has a heading, too. On a phone the navigation is hidden until it is asked for. */
async function untilShown({ page }: WatchedPage): Promise<void> {
  await page.locator('#navigation').waitFor({ state: 'attached' })
  await page.getByRole('heading', { level: 1 }).waitFor()
}
