import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { removeFolder, root, startServer, temporaryFolder, type RunningServer } from '../tests/server.ts'
import { askThroughDrill } from './pictures/drilled-request.ts'
import { writeHistory } from './pictures/history.ts'

/**
 * `npm run console:pictures [NAME…]`: docs/images/console-….webp of every page of the console, light and dark, wide and on a
 * phone, of a sandbox with eight days of history. Only the system's own Chromium is needed.
 */

interface Picture {
  readonly name: string
  readonly path: string
  /** Where a phone shows less. */
  readonly phonePath?: string
  /** What is pressed before. */
  readonly open?: (page: Page) => Promise<void>
}

/** Of this id is what the page on one request shows. */
const picturesOf = (requestId: string): readonly Picture[] => [
  { name: 'overview', path: '/overview' },
  { name: 'routes', path: '/routes' },
  { name: 'route', path: '/routes/use-case/clinical' },
  { name: 'switches', path: '/switches' },
  { name: 'models', path: '/models' },
  { name: 'agents', path: '/agents' },
  { name: 'providers', path: '/providers' },
  { name: 'usage', path: '/usage?range=7d' },
  { name: 'why', path: `/why/${requestId}` },
  {
    name: 'playground',
    path: '/playground?ask=use-case/clinical&compare=true&other=gpt-4o',
    phonePath: '/playground?ask=use-case/clinical',
    open: async (page) => {
      await page.getByRole('textbox', { name: 'Message' }).fill('What does a pointsman do?')
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByRole('link', { name: 'Why this model?' }).last().waitFor()
    },
  },
  {
    name: 'switch',
    path: '/switches',
    open: (page) => page.locator('.table-open').nth(1).click(),
  },
  {
    name: 'switching',
    path: '/routes/use-case/clinical',
    open: async (page) => {
      await page.getByRole('button', { name: 'Switch…' }).click()
      await page
        .getByRole('option', { name: /Claude Haiku/ })
        .first()
        .click()
      await page.getByText('Switching AI Model').waitFor()
    },
  },
]

const places = [
  ['wide', { viewport: { width: 1280, height: 800 } }],
  ['phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
] as const

const images = join(root, 'docs/images')
/** Sharp enough to be read, some 30 KB each. */
const quality = 70

/** One after the other. */
async function take(browser: Browser, server: RunningServer, wanted: readonly Picture[]): Promise<void> {
  for (const [place, options] of places) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ ...options, colorScheme, reducedMotion: 'reduce' })
      const page = await context.newPage()
      await page.goto(`${server.url}/console`)
      await page.getByLabel('Key', { exact: true }).fill(server.key)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.locator('#navigation').waitFor({ state: 'attached' })
      for (const picture of wanted) {
        const path = (place === 'phone' ? picture.phonePath : undefined) ?? picture.path
        await page.goto(`${server.url}/console${path}`)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.locator('.loading').first().waitFor({ state: 'detached' })
        await picture.open?.(page)
        await page.waitForTimeout(800)
        const session = await context.newCDPSession(page)
        const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality })
        const file = `console-${picture.name}-${place}-${colorScheme}.webp`
        await writeFile(join(images, file), Buffer.from(data, 'base64'))
        console.log(file)
      }
      await context.close()
    }
  }
}

const names = process.argv.slice(2)
await mkdir(images, { recursive: true })
const dataDir = await temporaryFolder()
await writeHistory(dataDir)
const server = await startServer({ dataDir, environment: { POINTSMAN_ENV: 'staging' } })
const browser = await chromium.launch({
  executablePath: process.env['POINTSMAN_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
  // Chromium's own sandbox refuses to start as root.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
try {
  const pictures = picturesOf(await askThroughDrill(server))
  await take(
    browser,
    server,
    names.length === 0 ? pictures : pictures.filter(({ name }) => names.includes(name)),
  )
} finally {
  await browser.close()
  await server.kill('SIGTERM')
  await removeFolder(dataDir)
}
