import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { createClient } from '@pointsman/sdk'
import { createChatServer } from '../../examples/clinical-chat/server.ts'
import { root, type RunningServer } from '../../tests/server.ts'
import { novaPro, sonnet } from './past-switches.ts'

/** What the chat and the server of the pictures share. */
export const jwtSecret = 'a secret that the chat of the pictures shares'

/** A page of an app: where it is, and what is done in it until it is worth a picture. */
export interface AppPicture {
  readonly name: string
  /** Where it is wide. */
  readonly wide: { readonly width: number; readonly height: number }
  readonly open: (page: Page) => Promise<void>
}

/** The demonstration of the notices, and a chat whose assistant is switched while somebody writes. */
export async function startApps(server: RunningServer): Promise<{
  readonly pictures: readonly AppPicture[]
  readonly stop: () => void
}> {
  const chat = await createChatServer({ pointsmanUrl: server.url, jwtSecret })
  const demo = await demoServer()
  const [chatUrl, demoUrl] = [await listen(chat), await listen(demo)]
  return {
    pictures: [
      {
        // So wide that a notice stands beside what was said.
        ...{ name: 'clinical-chat', wide: { width: 1_600, height: 640 } },
        open: (page) => openChat(page, chatUrl, server),
      },
      {
        ...{ name: 'notify', wide: { width: 1_280, height: 560 } },
        open: (page) => openDemo(page, demoUrl),
      },
    ],
    stop: () => {
      for (const app of [chat, demo]) {
        app.closeAllConnections()
        app.close()
      }
    },
  }
}

async function openChat(page: Page, url: string, server: RunningServer): Promise<void> {
  const operator = createClient({ url: server.url, key: server.key })
  const everywhere = { useCase: 'clinical', applyTo: 'all' } as const
  await operator.switches.create({ ...everywhere, modelId: sonnet, reason: 'The usual model' })
  const stream = page.waitForResponse((response) => response.url().includes('/notifications/stream'))
  await page.goto(url)
  await stream
  const message = page.getByLabel('Message', { exact: true })
  await message.fill('What helps against a dry cough at night?')
  await page.keyboard.press('Enter')
  await page.locator('#messages .message:not(.own) .by').waitFor()
  // Of the first message, by which the conversation has its model: it comes and goes.
  const notice = page.locator('.notice')
  await notice.waitFor({ timeout: 3_000 }).catch(() => null)
  await notice.waitFor({ state: 'detached' })
  await message.pressSequentially('And for a child of four')
  await operator.switches.create({ ...everywhere, modelId: novaPro, reason: 'Second opinion' })
  await page.getByText('From here on Amazon Nova Pro answers.').waitFor()
}

async function openDemo(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('button', { name: 'Manual switch' }).click()
  await page.getByRole('button', { name: 'Automatic switch' }).click()
}

const types: { readonly [ending: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/** The page as it is published. */
async function demoServer(): Promise<Server> {
  execFileSync(process.execPath, [join(root, 'tools/build-package.ts'), 'notify'])
  const names = ['index.html', 'demo.css', 'demo.js']
  const files: ReadonlyMap<string, Buffer> = new Map(
    await Promise.all(
      names.map(
        async (name) => [`/${name}`, await readFile(join(root, 'packages/notify/dist/demo', name))] as const,
      ),
    ),
  )
  return createServer(({ url = '/' }, response) => {
    const path = url === '/' ? '/index.html' : url
    const file = files.get(path)
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': types[extname(path)] ?? 'text/plain',
    })
    response.end(file)
  })
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}
