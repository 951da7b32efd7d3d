import { createClient, type Client } from '@pointsman/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder, type RunningServer } from '../server.ts'
import { accessibilityFindings, inChromium } from './chromium.ts'
import { isToldBesideDrawer, openSignedIn, openSignedInAlone, startWithConsole } from './signed-in.ts'

inChromium('the page Providers & keys', (browser) => {
  let server: RunningServer
  let client: Client
  beforeAll(async () => {
    server = await startWithConsole()
    client = createClient({ url: server.url, key: server.key })
  }, 120_000)
  afterAll(async () => {
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
  })

  test('an empty list says what keys are for; a key is made, shown once, works, is changed, and revoked', async () => {
    const { page, problems } = await openSignedIn(browser(), server, '/providers')
    await page.getByText('No keys yet').waitFor()
    await page.getByRole('button', { name: 'Create a key' }).click()
    await page.getByLabel('Name').fill('clinic <b>app</b>')
    await page.getByLabel('Requests a minute').fill('no number')
    await page.getByText('A whole number above zero, or nothing.').waitFor()
    await page.getByLabel('Requests a minute').fill('600')
    await page.getByRole('textbox', { name: 'Routes' }).fill('use-case/clinicl')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    // The server's own words, with the nearest name.
    await page.getByRole('alert').getByText('use-case/clinical').first().waitFor()
    await page.getByRole('textbox', { name: 'Routes' }).fill('use-case/clinical')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    const dialog = page.getByRole('dialog')
    const key = (await dialog.locator('code').first().textContent()) ?? ''
    expect(key).toMatch(/^pm_/)
    // A slip must not lose it.
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'I have kept it' }).click()
    expect(await page.content()).not.toContain(key)

    const own = createClient({ url: server.url, key })
    const answer = await own.chat({
      model: 'use-case/clinical',
      messages: [{ role: 'user', content: 'Hello' }],
    })
    expect(answer.served.sandbox).toBe(true)

    await page.getByRole('button', { name: 'clinic <b>app</b>' }).click()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByLabel('Requests at once').fill('4')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('is changed, on every replica that can be reached').waitFor()
    expect(await isToldBesideDrawer(page)).toBe(true)
    expect((await client.keys.list()).data[0]).toMatchObject({
      concurrentRequests: 4,
      requestsPerMinute: 600,
    })

    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('No keys yet').waitFor()
    await expect(own.models.list()).rejects.toMatchObject({ statusCode: 401 })
    // The browser tells of the refused order; nothing else went wrong.
    expect(problems.filter((told) => !/the server responded with a status of 404/.test(told))).toEqual([])
  })

  test('a key that is rotated at once is gone, and its successor is shown', async () => {
    const old = await client.keys.create({ name: 'leaked' })
    const { page } = await openSignedIn(browser(), server, '/providers')
    await page.getByRole('button', { name: 'leaked' }).click()
    await page.getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('button', { name: /The old key ends/ }).click()
    await page.getByRole('option', { name: 'At once' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    const key = (await page.getByRole('dialog').locator('code').first().textContent()) ?? ''
    const listedBy = (each: string) => createClient({ url: server.url, key: each }).models.list({ limit: 1 })
    expect((await listedBy(key)).data).toHaveLength(1)
    await expect(listedBy(old.key)).rejects.toMatchObject({ statusCode: 401 })
  })

  test('a rotated key goes on beside its successor', async () => {
    const old = await client.keys.create({ name: 'etl' })
    const { page } = await openSignedIn(browser(), server, '/providers')
    await page.getByRole('button', { name: 'etl' }).click()
    await page.getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    const key = (await page.getByRole('dialog').locator('code').first().textContent()) ?? ''
    for (const each of [old.key, key])
      expect(
        (await createClient({ url: server.url, key: each }).models.list({ limit: 1 })).data,
      ).toHaveLength(1)
  })

  test('a provider key is stored, tried and taken away, and never comes back to the page', async () => {
    const { page, problems } = await openSignedIn(browser(), server, '/providers')
    const told: string[] = []
    page.on('response', (response) => {
      if (response.request().resourceType() !== 'fetch' || response.url().endsWith('/events')) return
      void response.text().then(
        (body) => told.push(body),
        (gone: unknown) => told.push(String(gone)),
      )
    })
    const secret = 'sk-proj-the-secret-of-this-test'
    await page.getByRole('button', { name: 'openai' }).click()
    await page.getByRole('button', { name: 'Update API key' }).click()
    await page.getByLabel('API key', { exact: true }).fill(secret)
    await page.getByRole('dialog').getByRole('button', { name: 'Update API key' }).click()
    await page.getByText('A new key of openai is stored').waitFor()
    await page.getByText('…test').waitFor()
    expect((await client.providers.keys('openai').list()).data[0]).toMatchObject({ keyLastFour: 'test' })
    await page.getByRole('button', { name: 'Try the key' }).click()
    await page.getByText(/gpt-\S+ answered in .* Called with/).waitFor()
    expect(await page.content()).not.toContain(secret)
    expect(told.join('\n')).not.toContain(secret)
    expect(problems).toEqual([])
  })

  test('Bedrock takes a bearer token or an access-key pair', async () => {
    const { page } = await openSignedIn(browser(), server, '/providers/bedrock')
    await page.getByRole('button', { name: 'Update API key' }).click()
    await page.getByLabel('Bearer token', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Kind' }).click()
    await page.getByRole('option', { name: 'AWS access-key pair' }).click()
    await page.getByLabel('AWS access key id').fill('AKIAIOSFODNN7EXAMPLE')
    await page.getByLabel('AWS secret access key').fill('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')
    await page.getByRole('dialog').getByRole('button', { name: 'Update API key' }).click()
    await page.getByText('A new key of bedrock is stored').waitFor()
    expect((await client.providers.keys('bedrock').list()).data[0]).toMatchObject({ kind: 'aws' })
  })

  test('a key without admin sees providers and why it sees no keys', async () => {
    const { key } = await client.keys.create({ name: 'reader', scopes: ['read'] })
    const reader = { url: server.url, key }
    const { page, problems, context } = await openSignedInAlone(browser(), reader, '/providers')
    await page.getByText('Keys of this gateway are shown to keys with scope admin.').waitFor()
    await page.getByRole('button', { name: 'bedrock' }).waitFor()
    expect(problems).toEqual([])
    await context.close()
  })

  test('axe has no finding, wide and on a phone', async () => {
    await client.keys.create({ name: 'looked at' })
    for (const options of [{}, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' as const }]) {
      const { page } = await openSignedIn(browser(), server, '/providers', options)
      await page.getByRole('button', { name: 'looked at' }).waitFor()
      expect(await accessibilityFindings(page)).toEqual([])
      await page.getByRole('button', { name: 'openai' }).click()
      await page.getByText('Record of stored keys').waitFor()
      expect(await accessibilityFindings(page)).toEqual([])
    }
  })
})
