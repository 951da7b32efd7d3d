import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { removeFolder, root, startServer, temporaryFolder, type RunningServer } from '../tests/server.ts'
import { jwtSecret, startApps } from './pictures/apps.ts'
import { askThroughDrill } from './pictures/drilled-request.ts'
import { writeHistory } from './pictures/history.ts'

/**
 * `npm run console:pictures [NAME…]`: docs/images/console-….webp of every page of the console, light and dark, wide and on a
 * phone, of a sandbox with eight days of history; and of the apps that show notices: docs/images/notify-….webp,
 * docs/images/clinical-chat-….webp. Only the system's own Chromium is needed.
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
  if (wanted.length === 0) return
  await inEachPlace(browser, async (page, { place, save }) => {
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
      await save(`console-${picture.name}`)
    }
  })
}

/** Apps switch what the console shows: after its pictures. */
async function takeApps(
  browser: Browser,
  server: RunningServer,
  isWanted: (name: string) => boolean,
): Promise<void> {
  const { pictures, stop } = await startApps(server)
  try {
    const wanted = pictures.filter(({ name }) => isWanted(name))
    if (wanted.length === 0) return
    await inEachPlace(browser, async (page, { place, save }) => {
      for (const { name, open, wide } of wanted) {
        if (place === 'wide') await page.setViewportSize(wide)
        await open(page)
        await save(name)
      }
    })
  } finally {
    stop()
  }
}

interface Place {
  readonly place: 'wide' | 'phone'
  readonly save: (name: string) => Promise<void>
}

/** In a profile of its own, wide and on a phone, in light and dark. */
async function inEachPlace(
  browser: Browser,
  visit: (page: Page, place: Place) => Promise<void>,
): Promise<void> {
  for (const [place, options] of places) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ ...options, colorScheme, reducedMotion: 'reduce' })
      const page = await context.newPage()
      const save = async (name: string): Promise<void> => {
        await page.waitForTimeout(800)
        const session = await context.newCDPSession(page)
        const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality })
        const file = `${name}-${place}-${colorScheme}.webp`
        await writeFile(join(images, file), Buffer.from(data, 'base64'))
        console.log(file)
      }
      await visit(page, { place, save })
      await context.close()
    }
  }
}

const names = process.argv.slice(2)
const isWanted = (name: string): boolean => names.length === 0 || names.includes(name)
await mkdir(images, { recursive: true })
const dataDir = await temporaryFolder()
await writeHistory(dataDir)
const environment = { POINTSMAN_ENV: 'staging', SUPABASE_JWT_SECRET: jwtSecret }
const server = await startServer({ dataDir, environment })
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
    pictures.filter(({ name }) => isWanted(name)),
  )
  await takeApps(browser, server, isWanted)
} finally {
  await browser.close()
  await server.kill('SIGTERM')
  await removeFolder(dataDir)
}
