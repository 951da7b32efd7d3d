// Node's own: `net.BoundSocket`, since 26.4. It binds and does not listen, so that the host holds the socket and never
// takes a connection itself. node:cluster would close the shared socket with the last worker, and a port that the system
// chose would be another one afterwards.
import { lookup } from 'node:dns/promises'
import * as net from 'node:net'
import { PointsmanError } from '@pointsman/contract'
import type { Settings } from '../../settings.ts'
import { systemClock } from '../clock.ts'
import { unusable, urlOf } from '../front.ts'

export interface HeldPort {
  readonly url: string
  /** Handed to each data plane, which listens on it. */
  readonly descriptor: number
  /** Of the host's own; done again, it does nothing. */
  close(): void
}

/** Data planes of a host that was killed give its port back as soon as they notice. */
const earlierHostMs = 3_000
const retryEveryMs = 100

/** Binds the address. While no data plane is there, connections wait in the system's queue instead of being refused. */
export async function holdPort(settings: Settings): Promise<HeldPort> {
  if (!('BoundSocket' in net)) {
    throw new PointsmanError(
      'refused',
      `--workers needs Node 26.4 or newer; this is ${process.version}. Start without --workers, or with a newer Node.`,
    )
  }
  const { host, port } = settings
  const address = await numericAddress(settings)
  const bound = await bind(settings, { host: address, port })
  let isOpen = true
  return {
    url: urlOf(host, bound.address().port),
    descriptor: bound.fd(),
    close: () => {
      if (isOpen) bound.close()
      isOpen = false
    },
  }
}

async function numericAddress(settings: Settings): Promise<string> {
  try {
    return (await lookup(settings.host)).address
  } catch (error) {
    throw unusable(settings, error)
  }
}

async function bind(settings: Settings, options: net.BoundSocketOptions): Promise<net.BoundSocket> {
  const deadlineMs = systemClock.nowMs() + earlierHostMs
  for (;;) {
    try {
      // lint-allow doors -- pointsman is the room that opens ports
      return new net.BoundSocket(options)
    } catch (error) {
      const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!inUse || systemClock.nowMs() > deadlineMs) throw unusable(settings, error)
    }
    await new Promise<void>((resolve) => {
      systemClock.after(retryEveryMs, resolve)
    })
  }
}
