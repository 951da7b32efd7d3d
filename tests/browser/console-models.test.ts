import { createClient, type Client } from '@pointsman/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder, type RunningServer } from '../server.ts'
import { accessibilityFindings, inChromium } from './chromium.ts'
import { isToldBesideDrawer, openSignedIn, startWithConsole } from './signed-in.ts'

const lite = 'eu.amazon.nova-lite-v1:0'

inChromium('the page Models', (browser) => {
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

  test('a model is found, validated by a call, disabled with a reason, and enabled again', async () => {
    const { page, problems } = await openSignedIn(browser(), server, '/models')
    await page.getByRole('searchbox').fill(lite)
    await page.getByRole('button', { name: lite }).click()
    await page.getByRole('button', { name: 'Validate with a call' }).click()
    await page.getByText('A call of one token was answered').waitFor()
    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('textbox', { name: 'Reason' }).fill('Costs are looked into')
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await page.getByText('Amazon Nova Lite is disabled.').waitFor()
    expect(await isToldBesideDrawer(page)).toBe(true)
    expect(await client.models.show(lite)).toMatchObject({ isAvailable: false })
    await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click()
    await page.getByText('Amazon Nova Lite is enabled.').waitFor()
    expect(await client.models.show(lite)).toMatchObject({ isAvailable: true })
    expect(problems).toEqual([])
  })

  test('the default passes by a switch, which is tried first', async () => {
    const { page } = await openSignedIn(browser(), server, `/models/${encodeURIComponent(lite)}`)
    await page.getByRole('button', { name: 'Make default' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('What users will see').waitFor()
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('The cheaper one will do')
    await dialog.getByRole('button', { name: 'Switch', exact: true }).click()
    await dialog.getByText('Every replica serves revision').waitFor()
    expect(await client.models.show(lite)).toMatchObject({ isDefault: true })
    expect((await client.switches.list({ limit: 1 })).data[0]).toMatchObject({
      scopeText: 'default',
      reason: 'The cheaper one will do',
    })
  })

  test('what ends soon is told with its routes, and its route switched to the replacement', async () => {
    const ending = 'us.amazon.nova-pro-v1:0'
    const { model } = await client.models.show(ending)
    const soon = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
    await client.models.put(ending, {
      ...{ ...model, id: undefined },
      lifecycle: { status: 'legacy', endsOn: soon, replacement: model.lifecycle.replacement },
    })
    await client.agents.put('sql_agent', { target: ending })
    const { page } = await openSignedIn(browser(), server, '/models')
    const row = page.getByRole('row').filter({ hasText: 'agent/sql_agent' })
    await row.getByText('in 20 days').waitFor()
    await row.getByRole('button', { name: 'Switch…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('option', { name: 'Amazon Nova Pro' }).first().click()
    await dialog.getByText('What users will see').waitFor()
    await dialog.getByRole('button', { name: 'Switch', exact: true }).click()
    await dialog.getByText('Every replica serves revision').waitFor()
    expect((await client.agents.show('sql_agent')).serves).not.toBe(ending)
  })

  test('a model is added like another, and answers', async () => {
    const { page } = await openSignedIn(browser(), server, '/models')
    await page.getByRole('button', { name: 'Add a model' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: /Like$/ }).click()
    await page.getByRole('option', { name: /gpt-4o$/ }).click()
    await dialog.getByLabel('Id', { exact: true }).fill('house/gpt-4o')
    await dialog.getByLabel('Name').fill('<i>House</i> 4o')
    await dialog.getByLabel('Called as').fill('gpt-4o')
    await dialog.getByLabel('Input, US-$ per million tokens').fill('2.5')
    await dialog.getByLabel('Output, US-$ per million tokens').fill('10')
    await dialog.getByLabel('Source of the price').fill('our contract')
    await dialog.getByText('Enable it at once').click()
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('<i>House</i> 4o is in the catalogue.').waitFor()
    const answer = await client.chat({
      model: 'house/gpt-4o',
      messages: [{ role: 'user', content: 'Hello' }],
    })
    expect(answer.served.model).toBe('house/gpt-4o')
    expect(await client.models.show('house/gpt-4o')).toMatchObject({ inputCostPerMTok: 2.5 })
  })

  test('a sync is planned, applied as one revision, and then has nothing to do', async () => {
    const { page } = await openSignedIn(browser(), server, '/models')
    await page.getByRole('button', { name: 'Sync with Bedrock' }).click()
    await page
      .getByRole('dialog')
      .getByText(/^Changed/)
      .waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    await page.getByText(/The catalogue is synced, as revision/).waitFor()
    await page.getByRole('button', { name: 'Sync with Bedrock' }).click()
    await page.getByText('The catalogue is up to date: nothing to change.').first().waitFor()
  })

  test('axe has no finding, wide and on a phone', async () => {
    for (const options of [{}, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' as const }]) {
      const { page } = await openSignedIn(browser(), server, '/models', options)
      await page.getByRole('button', { name: 'Amazon Nova Pro' }).first().waitFor()
      expect(await accessibilityFindings(page)).toEqual([])
      await page.getByRole('button', { name: 'Amazon Nova Pro' }).first().click()
      await page.getByText('Prices in force').waitFor()
      expect(await accessibilityFindings(page)).toEqual([])
    }
  })
})
