import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createChatServer } from '../../examples/clinical-chat/server.ts'
import {
  api,
  eventually,
  patientWithRegistry,
  removeFolder,
  startServer,
  type RunningServer,
} from '../server.ts'
import { accessibilityFindings, inChromium, openPage, type WatchedPage } from './chromium.ts'

const jwtSecret = 'a secret that the app and the server share'
const novaPro = 'eu.amazon.nova-pro-v1:0'
const novaLite = 'eu.amazon.nova-lite-v1:0'
const sonnet = 'eu.anthropic.claude-sonnet-5-5'

const wordsThatCome = `(document.querySelector('#messages .message[aria-busy] .words')?.textContent ?? '')`

/** The example of a clinical chat, against a sandbox: two origins, as an app and its models have. */
inChromium('the clinical chat', (browser) => {
  let pointsman: RunningServer
  const apps: Server[] = []
  let url: string
  beforeAll(async () => {
    pointsman = await startServer({ environment: { ...patientWithRegistry, SUPABASE_JWT_SECRET: jwtSecret } })
    url = await startApp()
  })
  afterAll(async () => {
    for (const app of apps) {
      app.closeAllConnections()
      app.close()
    }
    await pointsman.kill('SIGTERM')
    await removeFolder(pointsman.dataDir)
  })

  async function startApp(tokenSeconds?: number): Promise<string> {
    const app = await createChatServer({
      ...{ pointsmanUrl: pointsman.url, jwtSecret },
      ...(tokenSeconds === undefined ? {} : { tokenSeconds }),
    })
    apps.push(app)
    app.listen(0, '127.0.0.1')
    await once(app, 'listening')
    const address = app.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `http://127.0.0.1:${address.port}`
  }

  const operatorSwitches = async (order: object): Promise<string> => {
    const { status, body } = await api<{ switchId: string }>(pointsman, '/api/v1/switches', { body: order })
    expect(status).toBe(200)
    return body.switchId
  }
  /** An operator's doing for all conversations, those that have begun included. */
  const everywhere = { useCase: 'clinical', applyTo: 'all' }
  const ask = async (page: Page, text: string): Promise<void> => {
    await page.getByLabel('Message', { exact: true }).fill(text)
    await page.keyboard.press('Enter')
  }
  const answers = (page: Page) => page.locator('#messages .message:not(.own)')
  /**
   * Asks, and answers with the whole of the answer by that model. Where the machine is so laden that the database does not say
   * within 25 ms which model a conversation has, the one that it had serves once more.
   */
  const answerBy = async (page: Page, model: string, text: string): Promise<string> => {
    for (let tries = 0; tries < 4; tries++) {
      const count = await answers(page).count()
      await ask(page, text)
      await answers(page).nth(count).locator('.by').waitFor()
      await page.getByRole('button', { name: 'Send' }).waitFor()
      const answer = (await answers(page).nth(count).textContent()) ?? ''
      if (answer.includes(`This is ${model}`)) return answer
    }
    throw new Error(`no answer was by ${model}:\n${await page.locator('#messages').innerText()}`)
  }
  const notice = (page: Page, text: string) => page.locator('.notice', { hasText: text })
  const conversationOf = (page: Page) => page.evaluate(() => sessionStorage.getItem('conversation'))
  /** Runs a script in the page whenever the conversation changes there. */
  const onChange = (page: Page, script: string) =>
    page.evaluate(
      `new MutationObserver(() => { ${script} }).observe(
         document.getElementById('messages'), { childList: true, characterData: true, subtree: true })`,
    )
  /** A window of a reader of its own, which hears of switches; the use case has its first model. */
  const open = async (address = url): Promise<WatchedPage> => {
    await operatorSwitches({ ...everywhere, modelId: sonnet })
    const followed = openPage(browser(), 'about:blank')
    const { page } = await followed
    const stream = page.waitForResponse((response) => response.url().includes('/notifications/stream'))
    await page.goto(address)
    await stream
    return followed
  }

  test('streams; a switch by an operator is told while one writes, and the next answer is the new model’s', async () => {
    const { page, context, problems } = await open()
    await onChange(page, `document.body.dataset.lengths += ' ' + (${wordsThatCome}).length`)
    await answerBy(page, 'Claude Sonnet', 'What helps against a dry cough?')
    const lengths = await page.evaluate(() => (document.body.dataset['lengths'] ?? '').trim().split(' '))
    // It came in pieces.
    expect(new Set(lengths).size).toBeGreaterThan(3)
    await page.getByText('Answers: Claude Sonnet').waitFor()
    const message = page.getByLabel('Message', { exact: true })
    await message.pressSequentially('And for a child')
    const reason = '<img src=x onerror="document.title=1"> Second opinion'
    const switchId = await operatorSwitches({ ...everywhere, modelId: novaPro, reason })
    await notice(page, 'Second opinion').waitFor()
    expect(await notice(page, 'Second opinion').getAttribute('class')).toBe('notice manual')
    expect(await notice(page, 'Second opinion').textContent()).toContain(reason)
    await page.getByText('From here on Amazon Nova Pro answers.').waitFor()
    expect(await accessibilityFindings(page)).toEqual([])
    await page.keyboard.type(' of four')
    expect(await message.inputValue()).toBe('And for a child of four')
    const answer = await answerBy(page, 'Amazon Nova Pro', await message.inputValue())
    expect(answer).toContain('And for a child of four')
    const told = await eventually(
      async () => (await api<{ notificationShown: boolean }>(pointsman, `/api/v1/switches/${switchId}`)).body,
      ({ notificationShown }) => notificationShown,
    )
    expect(told.notificationShown).toBe(true)
    expect(await page.title()).toBe('Clinical chat')
    expect(problems).toEqual([])
    await context.close()
  })

  test('the reader chooses another model for this conversation, and for no other', async () => {
    const { page, context, problems } = await open()
    const other = await open()
    for (const each of [page, other.page]) await answerBy(each, 'Claude Sonnet', 'Hello')
    await page.getByRole('button', { name: 'Change model' }).click()
    await page.getByRole('dialog').getByLabel('Amazon Nova Pro').check()
    await page.getByRole('button', { name: 'Switch' }).click()
    await page.getByRole('dialog', { name: 'Switch the AI model?' }).waitFor()
    await page.getByRole('button', { name: 'Switch' }).click()
    await notice(page, 'Chosen in the clinical chat').waitFor()
    await answerBy(page, 'Amazon Nova Pro', 'Again')
    await answerBy(other.page, 'Claude Sonnet', 'Again')
    expect(await notice(other.page, 'Chosen').count()).toBe(0)
    expect([...problems, ...other.problems]).toEqual([])
    await context.close()
    await other.context.close()
  })

  test('a stopped answer says that it is not whole', async () => {
    const { page, context } = await open()
    await onChange(page, `if (${wordsThatCome}.startsWith('This')) document.getElementById('stop').click()`)
    await ask(page, 'A long story, please')
    await page.getByText('Not whole: Stopped.').waitFor()
    await page.getByRole('button', { name: 'Send' }).waitFor()
    await context.close()
  })

  test('goes on with a fresh token when one has ended; says that a connection is lost, and tells then what it missed', async () => {
    const { page, context, problems } = await open(await startApp(2))
    await page.waitForResponse((response) => response.url().includes('/notifications/stream'))
    await answerBy(page, 'Claude Sonnet', 'Hello')
    const conversationId = await conversationOf(page)
    await operatorSwitches({ conversationId, modelId: novaLite, reason: 'Fresh' })
    await notice(page, 'Fresh').waitFor()
    expect(problems).toEqual([])
    // The stream that is open ends with its token; a new one is not to be had.
    await page.route('**/api/v1/notifications/stream*', (route) => route.abort())
    await page.getByRole('alert').filter({ hasText: 'Connection lost: trying again. Failed' }).waitFor()
    await operatorSwitches({ conversationId, modelId: novaPro, reason: 'Missed' })
    await page.unroute('**/api/v1/notifications/stream*')
    await notice(page, 'Missed').waitFor()
    await page.getByRole('alert').waitFor({ state: 'hidden' })
    await context.close()
  }, 120_000)

  test('no page holds a service key or the secret; its token opens nothing but what is the user’s', async () => {
    const { page, context } = await open()
    const texts = await Promise.all(
      ['/', '/chat.js', '/chat.css'].map(async (path) => (await fetch(`${url}${path}`)).text()),
    )
    const given = await page.evaluate(
      async () => (await fetch('/token', { method: 'POST' })).json() as Promise<{ token: string }>,
    )
    for (const secret of [pointsman.key, jwtSecret])
      expect([...texts, JSON.stringify(given)].join('\n')).not.toContain(secret)
    const asUser = { authorization: `Bearer ${given.token}` }
    for (const path of ['/api/v1/switches', '/api/v1/keys', '/api/v1/usage', '/api/v1/providers'])
      expect((await api(pointsman, path, { headers: asUser })).status).toBe(403)
    const globally = await api(pointsman, '/api/v1/switches', {
      headers: asUser,
      body: { modelId: novaLite },
    })
    expect(globally.status).toBe(403)
    // A page of another site gets no token, and nobody without a browser's word for it.
    expect((await fetch(`${url}/token`, { method: 'POST' })).status).toBe(403)
    const crossSite = await fetch(`${url}/token`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    expect(crossSite.status).toBe(403)
    await context.close()
  })
})
