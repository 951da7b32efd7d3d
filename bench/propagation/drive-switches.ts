import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { api, type RunningServer } from '../../tests/server.ts'

/** One switch or revert that was answered, as its caller saw it. */
export interface Switched {
  readonly id: string
  readonly revision: number
  readonly route: string
  /** What the route resolves to from this revision on. */
  readonly model: string
  readonly answerMs: number
  /** Replicas that had not acknowledged when it answered. */
  readonly pending: readonly string[]
}

export interface Driven {
  readonly switches: readonly Switched[]
  /** Orders that were not carried out. */
  readonly failures: readonly string[]
}

export interface DriveOptions {
  readonly servers: readonly RunningServer[]
  /** Each is switched by a caller of its own, so that what a revert restores is known. */
  readonly routes: readonly string[]
  readonly models: readonly string[]
  /** Of all callers together. */
  readonly count: number
  readonly perSecond: number
  /** No further order is given after so long: a machine that is busy makes fewer. */
  readonly withinMs?: number
}

interface Answer {
  readonly switched?: boolean
  readonly switchId?: string
  readonly revision?: number
  readonly toId?: string
  readonly pending?: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
}

/** Switches and reverts in turn, spread over the hosts. A caller waits for its answer, however late it makes it. */
export async function driveSwitches(options: DriveOptions): Promise<Driven> {
  const switches: Switched[] = []
  const failures: string[] = []
  const callers = options.routes.map((route, caller) => {
    const own = Math.floor((options.count + options.routes.length - 1 - caller) / options.routes.length)
    return drive(options, { route, caller, own, switches, failures })
  })
  await Promise.all(callers)
  return { switches, failures }
}

interface Caller {
  readonly route: string
  readonly caller: number
  readonly own: number
  readonly switches: Switched[]
  readonly failures: string[]
}

async function drive(options: DriveOptions, caller: Caller): Promise<void> {
  const everyMs = (1_000 * options.routes.length) / options.perSecond
  await sleep((caller.caller * everyMs) / options.routes.length)
  let toTakeBack: string | null = null
  const beganAt = performance.now()
  for (let turn = 0; turn < caller.own; turn++) {
    const startedAt = performance.now()
    if (startedAt - beganAt > (options.withinMs ?? Infinity)) return
    const server = options.servers[(turn + caller.caller) % options.servers.length]
    if (server === undefined) throw new Error('there is no host to switch at')
    const order: Order =
      toTakeBack === null ? switchOrder(options, caller.route, turn) : revertOrder(toTakeBack)
    const { body, status } = await api<Answer>(server, order.path, { body: order.body })
    const answerMs = performance.now() - startedAt
    const { pending = [], revision, switchId, toId } = body
    if (status > 201 || body.switched !== true || switchId === undefined || revision === undefined) {
      caller.failures.push(
        `${order.path} of ${caller.route}: ${status} ${JSON.stringify(body).slice(0, 300)}`,
      )
    } else {
      caller.switches.push({
        id: switchId,
        revision,
        route: caller.route,
        model: toId ?? '',
        answerMs,
        pending,
      })
    }
    // Two of three are switches, so that a revert restores now the first model, now the one before it.
    toTakeBack = turn % 3 === 1 ? (switchId ?? null) : null
    await sleep(Math.max(0, everyMs - (performance.now() - startedAt)))
  }
}

interface Order {
  readonly path: string
  readonly body: object
}

/** Always another model than the one that serves, also after a revert: a switch to what serves already is none. */
function switchOrder({ models }: DriveOptions, route: string, turn: number): Order {
  const [kind, name] = route.split('/')
  const scope = kind === 'use-case' ? { useCase: name } : kind === 'agent' ? { agent: name } : {}
  return {
    path: '/api/v1/switches',
    body: {
      ...scope,
      modelId: models[(turn - Math.floor(turn / 3)) % models.length],
      reason: `Turn ${turn}`,
    },
  }
}

const revertOrder = (id: string): Order => ({
  path: `/api/v1/switches/${id}/revert`,
  body: { reason: 'Back' },
})
