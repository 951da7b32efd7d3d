import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessibilityFindings, inChromium, openPage } from './chromium.ts'
import { servePages, type PageServer } from './page-server.ts'

/** What the tests of pages lean on: it finds what is wrong, and nothing where nothing is. */
inChromium('the browser of the tests', (browser) => {
  let site: PageServer
  const page = (body: string) => `<!doctype html><html lang="en"><title>A page</title><main>${body}</main>`
  const strict = { 'content-security-policy': "default-src 'self'", 'x-content-type-options': 'nosniff' }
  beforeAll(async () => {
    site = await servePages({
      '/good': { body: page('<h1>Good</h1><p>Plain.</p>'), headers: strict },
      '/bad': {
        body: page(
          '<h1>Bad</h1><p style="color:#ccc;background:#fff">Faint.</p><img src="data:,"><input><script>1</script>',
        ),
        headers: strict,
      },
      '/thrown': { body: page('<h1>Thrown</h1><script>throw new Error("from the page")</script>') },
    })
  })
  afterAll(() => site.close())

  test('a good page has no finding and no problem', async () => {
    const { page, problems } = await openPage(browser(), `${site.url}/good`)
    expect(await accessibilityFindings(page)).toEqual([])
    expect(problems).toEqual([])
  })

  test('breaches of the policy, exceptions and what axe finds are told', async () => {
    const bad = await openPage(browser(), `${site.url}/bad`)
    const findings = (await accessibilityFindings(bad.page)).join('\n')
    expect(findings).toMatch(/critical image-alt/)
    expect(findings).toMatch(/critical label/)
    expect(bad.problems.join('\n')).toMatch(/inline style.*\n(.*\n)*.*inline script/)
    const thrown = await openPage(browser(), `${site.url}/thrown`)
    expect(thrown.problems).toContain('from the page')
  })
})
