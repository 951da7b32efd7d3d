import { startChaosProxy, type ChaosProxy } from '@pointsman/simulator'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { fillConsole } from '../../bench/console/fill-console.ts'
import { createDatabase } from '../../tools/postgres-for-tests.ts'
import { removeFolder, startServer, temporaryFolder, type RunningServer } from '../server.ts'
import { inChromium, openPage } from './chromium.ts'
import { measuredPages, measurePage, type PageMeasure } from './measure-page.ts'
import { openSignedIn } from './signed-in.ts'

const database = await createDatabase()

/** What a page may ask for and hold, however long the history and however large the catalogue. */
const mostRequests = 10
const mostBytes = 512 * 1_024
const mostNodes = 1_500

const atOnce = 4

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
describe.runIf(database !== null)('over 1,000 models, 10,000 switches and 100,000 records', () => {
  if (database === null) return
  inChromium('the console', (browser) => {
    vi.setConfig({ testTimeout: 600_000 })
    let server: RunningServer
    let proxy: ChaosProxy
    beforeAll(async () => {
      const { hostname, port } = new URL(database.url)
      proxy = await startChaosProxy({ target: { host: hostname, port: Number(port) } })
      const through = new URL(database.url)
      through.host = proxy.address
      const started = {
        dataDir: await temporaryFolder(),
        environment: {
          DATABASE_URL: through.href,
          POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
        },
      }
      // Seeded by its first start, filled while nobody serves it, and out of reach at the second.
      await (await startServer(started)).kill('SIGTERM')
      await fillConsole(database.url, { models: 1_000, switches: 10_000, records: 100_000, usersAnHour: 20 })
      await proxy.refuse('refuse')
      server = await startServer(started)
    }, 240_000)
    afterAll(async () => {
      await server.kill('SIGTERM')
      await removeFolder(server.dataDir)
      await proxy.close()
      await database.drop()
    })

    test('while the database was never there a browser is told so, and let in by itself once it is', async () => {
      const { page, problems } = await openPage(browser(), `${server.url}/console/switches`)
      await page.getByRole('heading', { name: 'The console is not ready yet' }).waitFor()
      await page.getByText('The registry is not open').waitFor()
      const asProgram = await fetch(`${server.url}/console`)
      expect([asProgram.status, asProgram.headers.get('content-type')]).toEqual([
        503,
        'application/json; charset=utf-8',
      ])
      const asBrowser = await fetch(`${server.url}/console`, { headers: { accept: 'text/html' } })
      expect(asBrowser.status).toBe(503)
      expect(asBrowser.headers.get('content-security-policy')).not.toMatch(/unsafe|script/)
      await proxy.refuse(null)
      await page.getByRole('heading', { name: 'Sign in to Pointsman' }).waitFor({ timeout: 60_000 })
      // The browser tells each refusal as a failed request.
      expect(problems.filter((problem) => !/status of 503/.test(problem))).toEqual([])
      await page.context().close()
    })

    test('no page asks for more than its share, and none holds more than is in sight', async () => {
      const { context } = await openSignedIn(browser(), server, '/overview')
      const measured: PageMeasure[] = []
      // Each holds one of the browser's six connections for its stream of events.
      for (let from = 0; from < measuredPages.length; from += atOnce)
        measured.push(
          ...(await Promise.all(
            measuredPages.slice(from, from + atOnce).map((page) => measurePage(context, server.url, page)),
          )),
        )
      expect(measured).toHaveLength(measuredPages.length)
      for (const { nodes, path, responses } of measured) {
        expect(responses.length, path).toBeLessThanOrEqual(mostRequests)
        for (const { asked, bytes } of responses)
          expect(bytes, `${path}: ${asked}`).toBeLessThanOrEqual(mostBytes)
        expect(nodes, path).toBeLessThanOrEqual(mostNodes)
      }
    })

    test('a long list is scrolled through page by page, and keeps in the document what is in sight', async () => {
      const { page } = await openSignedIn(browser(), server, '/switches')
      const frame = page.getByRole('region', { name: 'Record of switches' })
      const loaded = async (): Promise<number> =>
        Number(await frame.locator('tbody tr[data-index]').last().getAttribute('data-index'))
      await frame.locator('tbody tr').first().waitFor()
      await page.mouse.move(640, 500)
      for (let scrolls = 0; scrolls < 40 && (await loaded()) < 150; scrolls += 1) {
        await page.mouse.wheel(0, 4_000)
        await page.waitForTimeout(100)
      }
      expect(await loaded()).toBeGreaterThanOrEqual(150)
      expect(await frame.locator('tbody tr').count()).toBeLessThan(80)
    })

    test('one of a thousand models is found by typing, and nobody is sent all of them', async () => {
      const { page } = await openSignedIn(browser(), server, '/switches')
      const filter = page.getByRole('combobox', { name: 'Model' })
      await filter.click()
      await page.getByRole('option', { name: 'Any model' }).waitFor()
      expect(await page.getByRole('option').count()).toBeLessThan(40)
      await filter.fill('model-777')
      await page.getByRole('option', { name: /bench\.model-777$/ }).click()
      await page.waitForURL(/model=bench\.model-777/)
      await page.locator('tbody').getByText('Bench Model 777').first().waitFor()
      expect(await filter.inputValue()).toBe('Bench Model 777 · bench.model-777')
    })
  })
})
