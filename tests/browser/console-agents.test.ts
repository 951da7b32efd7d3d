import { createClient, type Client } from '@pointsman/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder, type RunningServer } from '../server.ts'
import { accessibilityFindings, inChromium } from './chromium.ts'
import { openSignedIn, startWithConsole } from './signed-in.ts'

inChromium('the page Agents', (browser) => {
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

  const servedBy = async (): Promise<string | null> => {
    const { served } = await client.chat({
      ...{ model: 'agent/sql_agent', messages: [{ role: 'user', content: 'Hello' }] },
    })
    return served.model
  }

  test('an agent is added; a provider and a model are chosen, in force on its next invocation; the default again', async () => {
    for (const { name } of (await client.agents.list({ limit: 1_000 })).data) await client.agents.delete(name)
    const { page, problems } = await openSignedIn(browser(), server, '/agents')
    await page.getByText('No agents yet').waitFor()
    await page.getByRole('button', { name: 'Add an agent' }).click()
    await page.getByLabel('Name').fill('sql/agent')
    await page.getByText('A name has no spaces and no "/".').first().waitFor()
    await page.getByLabel('Name').fill('sql_agent')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('The agent sql_agent is added.').waitFor()
    expect(await servedBy()).toBe('eu.amazon.nova-pro-v1:0')

    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: /Provider$/ }).click()
    await page.getByRole('option', { name: 'openai' }).click()
    await dialog.getByRole('button', { name: / Model$/ }).click()
    await page.getByRole('option', { name: /· gpt-4o ·/ }).click()
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Better at SQL')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Every replica serves revision').waitFor()
    expect(await servedBy()).toBe('gpt-4o')
    await page.getByRole('button', { name: 'Done' }).click()

    await page.getByRole('button', { name: 'sql_agent' }).click()
    expect(await accessibilityFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Use the default' }).click()
    await dialog.getByRole('button', { name: 'Use the default' }).click()
    await page.getByText('The default answers sql_agent now.').waitFor()
    expect(await servedBy()).toBe('eu.amazon.nova-pro-v1:0')
    expect((await client.switches.list({ agent: 'sql_agent' })).data.map(({ reason }) => reason)).toContain(
      'Better at SQL',
    )
    expect(problems).toEqual([])
  })
})
