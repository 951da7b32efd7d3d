import { createClient, type Client } from '@pointsman/sdk'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder, type RunningServer } from '../server.ts'
import { accessibilityFindings, inChromium } from './chromium.ts'
import { openSignedIn, startWithConsole } from './signed-in.ts'

const said = (text: string) => [{ role: 'user' as const, content: text }]

inChromium('the pages Playground, Why this model? and Usage', (browser) => {
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

  test('with nothing asked, the pages say so', async () => {
    const { page, problems } = await openSignedIn(browser(), server, '/usage')
    await page.getByText('Nothing was asked in this time').waitFor()
    await page.getByText('No request fell back in this time.').waitFor()
    await page.getByRole('link', { name: 'Why this model?' }).click()
    await page.getByText('No requests yet').waitFor()
    expect(problems).toEqual([])
  })

  test('two routes are asked side by side, a switch is told as to users, and the answer is explained', async () => {
    const { page, problems } = await openSignedIn(browser(), server, '/playground?compare=true&other=gpt-4o')
    await page.getByRole('textbox', { name: 'Message' }).fill('Is <img src=x> a tag?')
    await page.getByRole('button', { name: 'Send' }).click()
    const log = page.getByRole('log', { name: 'Ask', exact: true })
    await log.getByText(/You asked: “Is <img src=x> a tag\?”/).waitFor()
    await page.getByRole('log', { name: 'Ask as well' }).getByText('This is GPT-4o (simulated)').waitFor()
    await page.getByRole('link', { name: 'Why this model?' }).nth(2).waitFor()
    expect(await page.locator('main img').count()).toBe(0)
    expect(await accessibilityFindings(page)).toEqual([])

    const told = (await page.locator('.chat-conversation').first().textContent()) ?? ''
    const conversationId = told.replace('Conversation ', '')
    await client.switches.create({ conversationId, modelId: 'eu.amazon.nova-micro-v1:0', reason: 'A test' })
    await page.getByText('Switching AI Model').waitFor()

    await log.getByRole('link', { name: 'Why this model?' }).click()
    await page.getByText('The plan, in the order it was to be tried').waitFor()
    const first = page.locator('.why-step').first()
    await first.getByText('eu.amazon.nova-pro-v1:0').waitFor()
    await first.getByText('served', { exact: true }).waitFor()
    await page.getByRole('link', { name: conversationId }).click()
    await page.getByText('The conversation keeps').waitFor()
    await page.getByText('set by the switch').waitFor()
    expect(await accessibilityFindings(page)).toEqual([])
    await page.getByRole('link', { name: 'Playground' }).click()
    // The conversation goes on where it was.
    await log.getByText(/You asked: “Is <img src=x> a tag\?”/).waitFor()
    await page.getByRole('log', { name: 'Ask as well' }).getByText('This is GPT-4o (simulated)').waitFor()
    expect(problems).toEqual([])
  })

  test('an id that is not known is told in the server’s words', async () => {
    const { page } = await openSignedIn(browser(), server, '/why')
    await page.getByRole('textbox', { name: 'Request id' }).fill('no-such-request')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByRole('alert').getByText('There is no record of the request no-such-request').waitFor()
  })

  test('usage is grouped, measured, and saved as CSV', async () => {
    await client.chat({ model: 'use-case/health', messages: said('Hello'), userId: '=ada' })
    const { page, problems } = await openSignedIn(browser(), server, '/usage?by=user&measure=requests')
    await page.getByRole('cell', { name: '=ada' }).waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    const text = await readFile(await (await download).path(), 'utf8')
    expect(text.split('\r\n')[0]).toMatch(/^from,to,group,name,requests,errors,/)
    // What a spreadsheet would run is told as text.
    expect(text).toMatch(/^[-\d:.TZ]+,[-\d:.TZ]+,'=ada,/m)
    await page.getByRole('button', { name: /Group by$/ }).click()
    await page.getByRole('option', { name: 'by model' }).click()
    await page.getByRole('cell', { name: 'eu.amazon.nova-lite-v1:0' }).waitFor()
    expect(await accessibilityFindings(page)).toEqual([])
    expect(problems).toEqual([])
  })
})
