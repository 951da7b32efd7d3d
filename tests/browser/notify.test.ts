import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../server.ts'
import { bundleScript } from './bundle-script.ts'
import {
  accessibilityFindings,
  inChromium,
  openAgain,
  openPage,
  type Look,
  type WatchedPage,
} from './chromium.ts'
import { servePages, type PageServer } from './page-server.ts'

/** The components of `@pointsman/notify` on their demo page, under the strictest policy that a page may have. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
const demo = join(root, 'packages/notify/demo')

const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }

inChromium('the components of notify', (browser) => {
  let site: PageServer
  beforeAll(async () => {
    const headers = { 'content-security-policy': policy }
    site = await servePages({
      '/': { body: await readFile(join(demo, 'index.html'), 'utf8'), headers },
      '/demo.css': { type: 'text/css', body: await readFile(join(demo, 'demo.css'), 'utf8') },
      '/demo.js': { type: 'text/javascript', body: await bundleScript(join(demo, 'demo.ts')) },
    })
  })
  afterAll(() => site.close())

  /** Windows whose clock the tests hold. */
  const windows = new Map<'wide' | 'phone', WatchedPage>()
  const windowOf = async (kind: 'wide' | 'phone'): Promise<WatchedPage> => {
    const made = await openPage(browser(), 'about:blank', kind === 'phone' ? phone : {})
    await made.page.clock.install()
    windows.set(kind, made)
    return made
  }
  /** The page, opened anew; it has no problem to the end. */
  const onPage = async (look: Look, use: (page: Page) => Promise<void>): Promise<void> => {
    const kind = look === phone ? 'phone' : 'wide'
    const window = windows.get(kind) ?? (await windowOf(kind))
    await openAgain(window, site.url, look)
    await use(window.page)
    expect(window.problems).toEqual([])
  }
  const notices = (page: Page) => page.getByRole('listitem')
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

  const answers = (page: Page, answer: string) =>
    page
      .locator('#answer')
      .filter({ hasText: new RegExp(`^${answer}$`) })
      .waitFor()
  const still = async (page: Page): Promise<void> => {
    // Half-way through an animation axe would measure colours that nobody reads.
    await page.clock.runFor(1_000)
    await page
      .getByRole('dialog')
      .or(notices(page).first())
      .evaluate((element) => Promise.all(element.getAnimations().map(({ finished }) => finished)))
  }

  describe('have no finding of axe', () => {
    const looks: readonly (readonly [string, Look])[] = [
      ['light', {}],
      ['dark', { colorScheme: 'dark' }],
      ['on a phone', phone],
      ['with colours forced', { forcedColors: 'active' }],
    ]
    test.each(looks)(
      '%s: notices and dialogs, from left and from right',
      async (_, options) => {
        await onPage(options, async (page) => {
          for (const direction of ['ltr', 'rtl']) {
            await page.getByLabel('Direction').selectOption(direction)
            await press(page, 'Automatic switch')
            await press(page, 'Manual switch')
            await press(page, 'Hostile text')
            // On a phone they stand where it pressed, and would stay while they are pointed at.
            await page.mouse.move(5, 730)
            await still(page)
            expect(await accessibilityFindings(page)).toEqual([])
            await page.clock.runFor(10_000)
            for (const opener of ['Choose a model', 'Confirm a switch']) {
              await press(page, opener)
              await still(page)
              expect(await accessibilityFindings(page)).toEqual([])
              await page.keyboard.press('Escape')
            }
          }
        })
      },
      60_000,
    )

    test('among a thousand models', async () => {
      await onPage({}, async (page) => {
        await press(page, 'Choose among 1,000')
        await page.keyboard.type('9')
        await still(page)
        expect(await accessibilityFindings(page)).toEqual([])
      })
    }, 120_000)
  })

  test('a notice is read aloud, stays while it is pointed at, and goes after five seconds', async () => {
    await onPage({}, async (page) => {
      await press(page, 'Automatic switch')
      const heard = page.getByRole('status').filter({ hasText: 'Claude Sonnet' })
      await page.clock.runFor(500)
      expect(await heard.textContent()).toMatch(
        /^Auto-Switching AI Model\. Claude Sonnet 5\.5 \(EU\), Anthropic\./,
      )
      await notices(page).hover()
      await page.clock.runFor(60_000)
      expect(await notices(page).count()).toBe(1)
      await page.mouse.move(5, 700)
      await page.clock.runFor(5_100)
      expect(await notices(page).count()).toBe(0)
    })
  })

  test('the keyboard alone reaches a notice, which then stays, closes it, and is back where it was', async () => {
    await onPage({}, async (page) => {
      await page.getByRole('button', { name: 'Automatic switch' }).focus()
      await page.keyboard.press('Enter')
      await page.getByLabel('Colours').focus()
      await page.keyboard.press('Tab')
      const close = page.getByRole('button', { name: 'Close' })
      expect(await close.evaluate((button) => button.matches(':focus-visible'))).toBe(true)
      await page.clock.runFor(60_000)
      await page.keyboard.press('Escape')
      expect(await notices(page).count()).toBe(0)
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('colours')
    })
  })

  test('the keyboard alone chooses among a thousand models, without leaving the dialog', async () => {
    await onPage({}, async (page) => {
      await page.getByRole('button', { name: 'Choose among 1,000' }).focus()
      await page.keyboard.press('Enter')
      await page.keyboard.type('model 770')
      await page.getByText('1 model', { exact: true }).waitFor()
      // Where the focus goes, in two rounds of Tab: never to the page beneath.
      for (let step = 0; step < 12; step++) {
        await page.keyboard.press('Tab')
        const place = await page.evaluate(() => document.activeElement?.tagName)
        expect(['POINTSMAN-DIALOG', 'BODY']).toContain(place)
      }
      await page.getByRole('searchbox').focus()
      await page.keyboard.press('Enter')
      await page.keyboard.press('Space')
      await page.keyboard.press('Enter')
      await answers(page, 'lab.model-770')
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('choose-of-many')
    })
  })

  test('Escape and Enter answer a confirmation as its focus says: nothing is switched by one key too many', async () => {
    await onPage({}, async (page) => {
      await page.getByRole('button', { name: 'Confirm a switch' }).focus()
      await page.keyboard.press('Enter')
      await page.keyboard.press('Enter')
      await answers(page, 'false')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await answers(page, 'true')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Escape')
      await answers(page, 'false')
    })
  })

  test('a notice that comes while a dialog is open is above it, and has its time and its words afterwards', async () => {
    await onPage({}, async (page) => {
      await press(page, 'Confirm a switch')
      await page.evaluate(() => document.getElementById('auto')?.click())
      const notice = page.locator('pointsman-notices .notice')
      await notice.waitFor()
      await page.clock.runFor(60_000)
      expect(await notice.count()).toBe(1)
      const heard = page.locator('pointsman-notices [role=status]')
      expect(await heard.textContent()).toBe('')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      // The browser tells that the dialog is closed a moment after it is gone from the page.
      for (let passes = 0; passes < 40 && (await heard.textContent()) === ''; passes++)
        await page.clock.runFor(100)
      expect(await heard.textContent()).toMatch(/Claude Sonnet/)
      await page.clock.runFor(5_000)
      expect(await notice.count()).toBe(0)
    })
  })

  test('text of others is never run, and pushes nothing out of the page', async () => {
    await onPage(phone, async (page) => {
      const title = await page.title()
      await press(page, 'Hostile text')
      await page.clock.runFor(1_000)
      expect(await page.title()).toBe(title)
      const box = await notices(page).boundingBox()
      expect(box?.width).toBeLessThanOrEqual(360)
      expect(box?.height).toBeLessThan(250)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    })
  })

  test('where the page reads from right to left, notices stand at its left', async () => {
    await onPage({}, async (page) => {
      const middle = async () => {
        const box = await notices(page).boundingBox()
        return (box?.x ?? 0) + (box?.width ?? 0) / 2
      }
      await press(page, 'Automatic switch')
      expect(await middle()).toBeGreaterThan(640)
      await page.getByLabel('Direction').selectOption('rtl')
      expect(await middle()).toBeLessThan(640)
    })
  })

  test('they follow the page’s colours, whatever the system says, and keep still where less motion is asked for', async () => {
    const styleOf = (page: Page) =>
      notices(page).evaluate((notice) => {
        const { animationName, backgroundColor } = getComputedStyle(notice)
        return { animationName, backgroundColor }
      })
    await onPage({ colorScheme: 'dark', reducedMotion: 'reduce' }, async (page) => {
      await press(page, 'Automatic switch')
      const dark = await styleOf(page)
      await page.getByLabel('Colours').selectOption('light')
      const light = await styleOf(page)
      expect(light.backgroundColor).not.toBe(dark.backgroundColor)
      expect([dark.animationName, light.animationName]).toEqual(['none', 'none'])
    })
    await onPage({}, async (page) => {
      await press(page, 'Automatic switch')
      expect((await styleOf(page)).animationName).toBe('enter')
    })
  })
})
