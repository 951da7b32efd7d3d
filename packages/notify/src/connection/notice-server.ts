import type { NotificationConnectionOptions } from './notification-connection.ts'

/** The server said no, or something that is no answer of ours. */
export class AnswerError extends Error {
  readonly statusCode: number
  /** How long it asks to be left alone; 0 = it does not say. */
  readonly retryAfterMs: number

  constructor(statusCode: number, message: string, retryAfterMs: number) {
    super(message)
    this.name = 'AnswerError'
    this.statusCode = statusCode
    this.retryAfterMs = retryAfterMs
  }

  /** The server is there and says no: the same request again gets the same answer. */
  get isRefusal(): boolean {
    const { statusCode } = this
    return statusCode >= 400 && statusCode < 500 && ![408, 425, 429].includes(statusCode)
  }
}

export interface NoticeServer {
  /** Asks for a token anew. */
  authorize(): Promise<string | null>
  openStream(token: string | null, lastEventId: string | null, signal: AbortSignal): Promise<Response>
  markShown(token: string | null, id: string): Promise<void>
}

type Send = NonNullable<NotificationConnectionOptions['fetch']>

export function createNoticeServer(options: NotificationConnectionOptions): NoticeServer {
  const base = baseOf(options.url)
  const { conversationId, token, userId } = options
  const send: Send = options.fetch ?? ((url, init) => fetch(url, init))
  const call = async (url: URL, init: RequestInit): Promise<Response> => {
    const response = await send(url.href, {
      ...init,
      // A cookie goes only where no token does, and only to where the page came from.
      credentials: token === undefined ? 'same-origin' : 'omit',
      cache: 'no-store',
      // A redirect would carry the token to another host.
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    })
    if (!response.ok) throw await errorOf(response)
    return response
  }
  return {
    authorize: async () => (typeof token === 'function' ? token() : (token ?? null)),
    openStream(held, lastEventId, signal) {
      const url = new URL('api/v1/notifications/stream', base)
      if (userId !== undefined) url.searchParams.set('userId', userId)
      if (conversationId !== undefined) url.searchParams.set('conversationId', conversationId)
      const last: Record<string, string> = lastEventId === null ? {} : { 'last-event-id': lastEventId }
      const headers = { accept: 'text/event-stream', ...authorization(held), ...last }
      return call(url, { headers, signal })
    },
    async markShown(held, id) {
      const url = new URL(`api/v1/notifications/${encodeURIComponent(id)}/shown`, base)
      // The page may be left right after a notice was seen.
      const response = await call(url, { method: 'POST', headers: authorization(held), keepalive: true })
      await response.body?.cancel()
    },
  }
}

const authorization = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` }

function baseOf(url: string): URL {
  const base = URL.parse(url, document.baseURI)
  if (base === null || !/^https?:$/.test(base.protocol))
    throw new TypeError(
      `"url" is not the address of a server: it should look like https://models.example.org, not ${JSON.stringify(url.slice(0, 100))}.`,
    )
  base.search = ''
  base.hash = ''
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}

async function errorOf(response: Response): Promise<AnswerError> {
  const text = await response.text().catch(() => '')
  const seconds = Number(response.headers.get('retry-after') ?? 0)
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0
  return new AnswerError(response.status, messageIn(text) ?? strangeAnswer(response.status), retryAfterMs)
}

/** A page of markup, or nothing: what proxies say in the place of a server that they do not reach. */
const strangeAnswer = (status: number): string =>
  [502, 503, 504].includes(status)
    ? `A proxy answered ${status} in the server’s place: it does not reach the server behind it.`
    : `The server answered ${status}.`

function messageIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { readonly error?: { readonly message?: unknown } }
    return typeof error?.message === 'string' ? error.message.slice(0, 500) : null
  } catch {
    return null
  }
}
