import type { Browser, BrowserContextOptions } from 'playwright-core'
import { startServer, type RunningServer } from '../server.ts'
import { openPage, type WatchedPage } from './chromium.ts'

/** A sandbox whose console is built: the first request of it waits for that. */
export async function startWithConsole(): Promise<RunningServer> {
  const server = await startServer({ command: 'sandbox' })
  await fetch(`${server.url}/console/`)
  return server
}

/** The console of a server, signed in, at a page of it: `/providers`. */
export async function openSignedIn(
  browser: Browser,
  server: Pick<RunningServer, 'url' | 'key'>,
  path: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const opened = await openPage(browser, `${server.url}/console${path}`, options)
  const { page } = opened
  // Shorter than a test's own limit, so that what was waited for is told.
  page.setDefaultTimeout(12_000)
  await page.getByLabel('Key', { exact: true }).fill(server.key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  // The way in has a heading, too. On a phone the navigation is hidden until it is asked for.
  await page.locator('#navigation').waitFor({ state: 'attached' })
  await page.getByRole('heading', { level: 1 }).waitFor()
  return opened
}
