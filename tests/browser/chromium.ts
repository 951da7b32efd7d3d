import { readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'

/** The system's own: nothing is downloaded. */
const executablePath = process.env['POINTSMAN_TEST_CHROMIUM'] ?? '/usr/bin/chromium'
const isThere = await access(executablePath).then(
  () => true,
  () => false,
)

/**
 * Tests in a real browser. Without one they are skipped, and say why; where everything must be tested (CI), they fail
 * instead. `browser` is called in a test or a hook, not before.
 */
export function inChromium(name: string, body: (browser: () => Browser) => void): void {
  if (!isThere && process.env['CI'] !== 'true') {
    describe.skip(`${name} (no ${executablePath}: apt-get install chromium)`, () => body(notStarted))
    return
  }
  describe(name, () => {
    let running: Browser | null = null
    beforeAll(async () => {
      running = await launchChromium()
    })
    afterAll(() => running?.close())
    body(() => running ?? notStarted())
  })
}

const notStarted = (): never => {
  throw new Error('the browser runs only while tests do')
}

/**
 * The two lists below the address bar, which nobody sees, are pages that Chromium loads in a process of their own for each
 * window: half of what a window costs. The rest is what Playwright turns off itself, as a second such list takes the place of
 * its own.
 */
const turnedOff = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
]

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      `--disable-features=${turnedOff.join(',')}`,
      // Chromium's own sandbox refuses to start as root, which CI runs as; only pages of our own are opened.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  })

export interface WatchedPage {
  readonly page: Page
  readonly context: BrowserContext
  /** What went wrong in it so far: exceptions, errors on its console, breaches of its content security policy. */
  readonly problems: string[]
}

/** A page of a browser profile of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: usualViewport, ...options })
  // Shorter than a test's own: a step that waits in vain is named.
  context.setDefaultTimeout(25_000)
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  await page.goto(url)
  return { page, context, problems }
}

/** How a page is looked at. */
export interface Look {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  readonly forcedColors?: 'active'
  readonly reducedMotion?: 'reduce'
}

const usualViewport = { width: 1280, height: 800 }

/**
 * A page in a window that tests use one after the other, as if it were new but for what the site keeps in the browser. A
 * profile of its own costs 0.7 s of processor time, another address in a window that is open half of that.
 */
export async function openAgain(window: WatchedPage, url: string, look: Look = {}): Promise<void> {
  const { page, problems } = window
  const { viewport = usualViewport, colorScheme = null, forcedColors = null, reducedMotion = null } = look
  problems.length = 0
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme, forcedColors, reducedMotion })
  // What it points at would be hovered over.
  await page.mouse.move(0, 0)
  await page.goto(url)
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeFinding {
  readonly id: string
  readonly impact: string | null
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** What axe finds in the page as it stands, shadow roots included: `impact rule: where`. By these rules alone, or by all. */
export async function accessibilityFindings(
  page: Page,
  rules: readonly string[] | null = null,
): Promise<readonly string[]> {
  // Through the debugger, as the page's own policy would not let it in.
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(axeSource)
  // Of what passes nobody reads where it stands.
  const options = JSON.stringify({ reporter: 'no-passes', ...(rules === null ? {} : { runOnly: rules }) })
  const violations = await page.evaluate<AxeFinding[]>(
    `axe.run(${options}).then(({ violations }) => violations)`,
  )
  return violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(
      ({ html, failureSummary = '' }) => `${impact ?? ''} ${id} (${help}): ${html} ${failureSummary}`,
    ),
  )
}
