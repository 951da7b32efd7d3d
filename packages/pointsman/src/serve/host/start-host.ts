import { randomBytes } from 'node:crypto'
import type { Settings } from '../../settings.ts'
import { createClosers, type Closers } from '../closers.ts'
import { takeGround } from '../ground.ts'
import type { Log } from '../log.ts'
import type { Sandbox } from '../providers.ts'
import type { StartedServer } from '../start-server.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import { holdPort } from './held-port.ts'
import type { ChildStart, Role } from './messages.ts'
import { makeSockets } from './sockets.ts'
import { controlStopMs, dataRenewalMs, dataStopMs } from './stop-times.ts'
import { superviseChild, type Child } from './supervise.ts'

export interface HostParts {
  readonly settings: Settings
  readonly log: Log
  readonly leastLevel: ChildStart['leastLevel']
  readonly sandbox: Sandbox | null
  /** Ends the wait for those that still start. */
  readonly stopAsked: Promise<null>
}

/**
 * The planes in processes of their own. The host holds the folder, the keys and the listening socket, starts its children
 * and starts them again; it opens no database and serves no request, so there is little in it that could fail.
 */
export async function startHost(parts: HostParts): Promise<StartedServer> {
  const closers = createClosers(parts.log)
  try {
    return await start(parts, closers)
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

/** One after the other, and the next only when the one before serves: there is never one fewer than usual. */
async function renewAll(dataPlanes: readonly Child[], log: Log): Promise<void> {
  log('info', 'renewal_begun', { dataPlanes: dataPlanes.length })
  const problems: string[] = []
  for (const plane of dataPlanes) {
    const problem = await plane.renew(dataRenewalMs)
    if (problem !== null) problems.push(problem)
  }
  const renewed = dataPlanes.length - problems.length
  if (problems.length === 0) log('info', 'renewal_ended', { renewed })
  else log('error', 'renewal_ended', { renewed, problems: [...new Set(problems)] })
}

async function start(parts: HostParts, closers: Closers): Promise<StartedServer> {
  const { leastLevel, log, sandbox, settings } = parts
  const { masterKey, serviceKey } = await takeGround(settings, closers)
  const port = await holdPort(settings)
  closers.add('port', async () => port.close())
  const sockets = await makeSockets(settings.dataDir, closers)
  const secret = randomBytes(32).toString('base64url')
  const child = (role: Role): Child =>
    superviseChild({
      ...{ role, log },
      start: {
        ...{ kind: 'start', role, settings, sandbox, masterKey, leastLevel, sockets, secret },
        serviceKey: serviceKey.key,
      },
      descriptor: role === 'data' ? port.descriptor : null,
    })
  const control = child('control')
  closers.add('control plane', () => control.stop(controlStopMs))
  const dataPlanes = Array.from({ length: settings.workers }, () => child('data'))
  closers.add('data planes', () => {
    const stopped = dataPlanes.map((plane) => plane.stop(dataStopMs(settings)))
    // Else who comes while the last answers end waits in the system's queue, where nobody will take it.
    port.close()
    return Promise.all(stopped)
  })
  const ready = Promise.all([control, ...dataPlanes].map(({ firstReady }) => firstReady))
  const [, ...notes] = (await Promise.race([ready, parts.stopAsked])) ?? []
  return {
    url: port.url,
    serviceKey,
    notes: [...new Set(notes.flat())],
    renew: oneAtATime(() => renewAll(dataPlanes, log)),
    stop: () => closers.closeAll(),
    abandon: () => {
      for (const each of [control, ...dataPlanes]) each.kill()
    },
  }
}
