import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { userOfSession, userToken } from './user-token.ts'

export interface ChatServerOptions {
  /** Address of Pointsman, as pages reach it. */
  readonly pointsmanUrl: string
  /** The secret that Pointsman checks users' tokens by. It stays in this process. */
  readonly jwtSecret: string
  /** How long a page may use one token; it asks for the next by itself. 300 unless set. */
  readonly tokenSeconds?: number
}

interface File {
  readonly type: string
  readonly body: string
}

const page = join(import.meta.dirname, 'page')

/** The app's own server: its page, and tokens for who is signed in. Models are asked by the page itself, at Pointsman. */
export async function createChatServer(options: ChatServerOptions): Promise<Server> {
  const headers = headersFor(options)
  const files: ReadonlyMap<string, File> = new Map([
    ['/', { type: 'text/html', body: await readFile(join(page, 'index.html'), 'utf8') }],
    ['/chat.css', { type: 'text/css', body: await readFile(join(page, 'chat.css'), 'utf8') }],
    ['/chat.js', { type: 'text/javascript', body: await bundled(join(page, 'chat.ts')) }],
  ])
  return createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const [path = '/'] = (request.url ?? '/').split('?')
    if (path === '/token') {
      giveToken(request, response, options)
      return
    }
    const file = /^(GET|HEAD)$/.test(request.method ?? '') ? files.get(path) : undefined
    if (file === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': `${file.type}; charset=utf-8` }).end(file.body)
  })
}

async function bundled(entry: string): Promise<string> {
  const built = await rolldown({ input: entry, platform: 'browser' })
  const { output } = await built.generate({ format: 'es' })
  await built.close()
  return output[0].code
}

/** Scripts and styles of this server only, requests to it and to Pointsman, nothing inline, no frames. */
const headersFor = ({ pointsmanUrl }: ChatServerOptions) => ({
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self' ${new URL(pointsmanUrl).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
})

const cookieName = 'clinical_chat'

function giveToken(request: IncomingMessage, response: ServerResponse, options: ChatServerOptions): void {
  // A page of another site must not get a token of our user.
  if (request.method !== 'POST' || request.headers['sec-fetch-site'] !== 'same-origin') {
    response.writeHead(403).end()
    return
  }
  const known = new RegExp(`(?:^|; )${cookieName}=([\\w-]{43})(?:;|$)`).exec(
    request.headers.cookie ?? '',
  )?.[1]
  const session = known ?? randomBytes(32).toString('base64url')
  const user = userOfSession(session)
  const { jwtSecret, pointsmanUrl, tokenSeconds = 300 } = options
  const token = userToken(jwtSecret, user, tokenSeconds)
  response
    .writeHead(200, {
      'content-type': 'application/json',
      'set-cookie': `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`,
    })
    .end(JSON.stringify({ token, tokenSeconds, user, pointsmanUrl }))
}
