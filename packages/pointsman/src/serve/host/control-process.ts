import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import type { ControlDoor } from '@pointsman/gateway'
import { createListener } from '@pointsman/gateway/node'
import { systemClock } from '../clock.ts'
import { createClosers } from '../closers.ts'
import { startControlPlane } from '../control-plane.ts'
import { hostKeysFrom } from '../host-keys.ts'
import { createControlEnd } from '../link/control-end.ts'
import type { Log } from '../log.ts'
import { recoverDead } from '../recovery.ts'
import { openSupabaseTokens } from '../open-supabase-tokens.ts'
import type { ChildStart, ChildWork } from './messages.ts'

/** Answers under way when the control plane is told to stop: the data planes have ended, so these are streams of events. */
const doorGraceMs = 1_000
/** A data plane that is lost is dead a moment later; a look now and then finds what nobody was told of. */
const recoverAfterLossMs = 500
const recoverEveryMs = 30_000

/** The control plane in a process of its own: database, publisher, ingest of all journals of this host, recovery of dead writers'. */
export async function runControl(given: ChildStart, log: Log): Promise<ChildWork> {
  const { secret, serviceKey, settings, sockets } = given
  const closers = createClosers(log)
  const recovery = tendJournals(settings.dataDir, log)
  closers.add('recovery', async () => recovery.stop())
  const end = createControlEnd(secret, () => recovery.soon())
  // Before the ingest looks, so that it reads whole journals.
  await recoverDead(settings.dataDir, log)
  const control = startControlPlane({
    ...{ settings, log, serviceKey },
    keys: hostKeysFrom(given.masterKey),
    tokens: await openSupabaseTokens({ settings: settings.tokens, log }),
    data: end.data,
  })
  closers.add('control plane', () => control.stop())
  end.serve(control)
  // Before the link: whoever hears through that one that callers are answered sends them here.
  const door = doorListener(control.door, log)
  await listenOn(door.server, sockets.door)
  closers.add('door', () => door.stop(doorGraceMs))
  // lint-allow doors -- pointsman is the room that opens ports
  const link = createServer((socket) => end.accept(socket))
  await listenOn(link, sockets.link)
  closers.add('link', async () => {
    link.close()
    end.close()
  })
  return { notes: control.notes(), stop: () => closers.closeAll() }
}

function doorListener(door: ControlDoor, log: Log) {
  return createListener({
    handle: (exchange) => door.forward(exchange),
    nowUs: systemClock.nowUs,
    onFailure: (failure) => log('error', 'request_failed', { failure }),
  })
}

/** The folder lets nobody else in already; the mode says it once more. */
async function listenOn(server: Server, path: string): Promise<void> {
  await rm(path, { force: true })
  // lint-allow doors -- pointsman is the room that opens ports
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o600)
}

function tendJournals(dataDir: string, log: Log) {
  let cancel = (): void => undefined
  let stopped = false
  const later = (afterMs: number): void => {
    cancel()
    if (stopped) return
    cancel = systemClock.after(afterMs, () => {
      void recoverDead(dataDir, log)
        .catch((error: unknown) => log('error', 'journals_not_looked_at', { error }))
        .finally(() => later(recoverEveryMs))
    })
  }
  later(recoverEveryMs)
  return {
    soon: () => later(recoverAfterLossMs),
    stop: () => {
      stopped = true
      cancel()
    },
  }
}
