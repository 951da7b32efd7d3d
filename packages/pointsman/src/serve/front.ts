import { once } from 'node:events'
import { PointsmanError } from '@pointsman/contract'
import type { Exchange, Gateway } from '@pointsman/gateway'
import { createListener, type ListenerLimits } from '@pointsman/gateway/node'
import type { Settings } from '../settings.ts'
import { systemClock } from './clock.ts'
import { refuseConsolePage } from './console-away.ts'
import type { Log } from './log.ts'
import { unsentBytes } from './unsent-bytes.ts'

/** The socket: taken at the start, so that a taken port is told before a database is made; opened to the gateway when it is up. */
export interface Front {
  readonly url: string
  open(gateway: Gateway): void
  /** From here on each answer is the last one of its connection. */
  drain(): void
  /** Takes no new connection and waits for the answers under way. A second call waits for the first. */
  stop(): Promise<void>
}

/** How long answers under way may take once the server is asked to stop. */
export const stopGraceMs = 25_000

export async function takePort(settings: Settings, log: Log): Promise<Front> {
  const { host, port } = settings
  let gateway: Gateway | null = null
  const listener = createListener({
    handle: (exchange) => (gateway === null ? notYet(exchange) : gateway.handle(exchange)),
    nowUs: systemClock.nowUs,
    onFailure: (failure) => {
      log('error', 'request_failed', { failure })
    },
    limits: listenerLimits(settings),
    unsentBytes,
  })
  listener.server.listen(port, host)
  await once(listener.server, 'listening').catch((error: unknown) => {
    throw unusable(settings, error)
  })
  const address = listener.server.address()
  const taken = address !== null && typeof address === 'object' ? address.port : port
  let stopping: Promise<void> | null = null
  return {
    url: urlOf(host, taken),
    open: (opened) => {
      gateway = opened
    },
    drain: () => listener.drain(),
    stop: () => {
      stopping ??= listener.stop(stopGraceMs)
      return stopping
    },
  }
}

export const listenerLimits = ({ connections }: Settings): Partial<ListenerLimits> => ({
  maxConnections: connections.most,
  firstByteTimeoutMs: connections.firstByteMs,
  headersTimeoutMs: connections.headMs,
  requestTimeoutMs: connections.bodyMs,
  writeStallMs: connections.stallMs,
  idleMs: connections.keepAliveMs,
  checkEveryMs: Math.max(100, Math.min(5_000, Math.floor(connections.headMs / 4))),
})

export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`

export function unusable({ host, port }: Pick<Settings, 'host' | 'port'>, cause: unknown): PointsmanError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'EADDRINUSE') {
    return new PointsmanError(
      'refused',
      `Port ${port} of ${host} is taken by another process. Give another with --port or POINTSMAN_PORT, or stop that one.`,
      { cause },
    )
  }
  if (code === 'EACCES') {
    return new PointsmanError(
      'refused',
      `This user may not listen on port ${port}. Give one above 1023 with --port.`,
      { cause },
    )
  }
  return new PointsmanError(
    'refused',
    `Cannot listen on ${host} (${code}). --host takes an address of this machine: 127.0.0.1, 0.0.0.0, ::1.`,
    { cause },
  )
}

const encoder = new TextEncoder()

function notYet(exchange: Exchange): Promise<void> {
  if (refuseConsolePage(exchange, 'This server is starting.')) return Promise.resolve()
  const alive = exchange.path === '/healthz'
  const body = alive
    ? { status: 'ok' }
    : {
        error: { code: 'not_ready', message: 'This server is starting. Try again in a moment.' },
        status: 'not ready',
      }
  exchange.client.head(alive ? 200 : 503, [
    'content-type',
    'application/json',
    ...(alive ? [] : ['retry-after', '1']),
  ])
  exchange.client.end(encoder.encode(JSON.stringify(body)))
  return Promise.resolve()
}
