import { once } from 'node:events'
import { createListener } from '@pointsman/gateway/node'
import { systemClock, waitMs } from '../clock.ts'
import { createClosers, type Closers } from '../closers.ts'
import type { Settings } from '../../settings.ts'
import { listenerLimits, stopGraceMs } from '../front.ts'
import { awaitRegistry } from '../ground.ts'
import { hostKeysFrom } from '../host-keys.ts'
import { createSocketDoor } from '../link/control-door.ts'
import { createDataEnd } from '../link/data-end.ts'
import type { Log } from '../log.ts'
import { openOwnJournal } from '../recovery.ts'
import { createServing, type Serving } from '../serving.ts'
import { openSupabaseTokens } from '../open-supabase-tokens.ts'
import { unsentBytes } from '../unsent-bytes.ts'
import { listeningDescriptor, type ChildStart, type ChildWork } from './messages.ts'

/** Longer than a client that is in use rests between two requests. */
const quietMs = 1_000

/** One data plane in a process of its own, on the host's socket. */
export async function runData(given: ChildStart, log: Log): Promise<ChildWork> {
  const closers = createClosers(log)
  try {
    return await start(given, log, closers)
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

async function start(given: ChildStart, log: Log, closers: Closers): Promise<ChildWork> {
  const { sandbox, secret, serviceKey, settings, sockets } = given
  const door = createSocketDoor(sockets.door)
  closers.add('door', async () => door.close())
  const control = createDataEnd({
    ...{ path: sockets.link, secret, door, log },
    limitsWhenAway: settings.limitsWhenAway,
  })
  closers.add('link', async () => {
    await control.tellCounted()
    control.close()
  })
  const own = await openOwnJournal(settings, log)
  closers.add('journal', () => own.close())
  const serving = await createServing({
    ...{ settings, log, sandbox, serviceKey, control, closers },
    journal: own.journal,
    keys: hostKeysFrom(given.masterKey),
    tokens: await openSupabaseTokens({ settings: settings.tokens, log }),
  })
  control.open(serving)
  const problem = await awaitRegistry(control, settings)
  await serving.start().catch((error: unknown) => {
    throw problem ?? error
  })
  const listener = await listen(serving, settings, log)
  let ended: Promise<void> | null = null
  // Once: told to stop while it is being renewed, it must not close the journal under its last answers.
  const end = (quietForMs: number): Promise<void> => {
    ended ??= listener.stop(stopGraceMs, quietForMs).then(() => closers.closeAll())
    return ended
  }
  return {
    notes: serving.notes(),
    stop: async () => {
      serving.drain()
      listener.drain()
      await waitMs(settings.drainMs)
      serving.refuseNew()
      door.endStreams()
      await end(0)
    },
    renew: async () => {
      door.endStreams()
      await end(quietMs)
    },
  }
}

async function listen({ gateway }: Serving, settings: Settings, log: Log) {
  const listener = createListener({
    handle: (exchange) => gateway.handle(exchange),
    nowUs: systemClock.nowUs,
    onFailure: (failure) => log('error', 'request_failed', { failure }),
    limits: listenerLimits(settings),
    unsentBytes,
  })
  // lint-allow doors -- pointsman is the room that opens ports
  listener.server.listen({ fd: listeningDescriptor })
  await once(listener.server, 'listening')
  return listener
}
