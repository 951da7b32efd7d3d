import type { Browser, BrowserContextOptions } from 'playwright-core'
import type { RunningServer } from '../server.ts'
import { openPage, type WatchedPage } from './chromium.ts'

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
  await page.getByRole('heading', { level: 1 }).waitFor()
  return opened
}
