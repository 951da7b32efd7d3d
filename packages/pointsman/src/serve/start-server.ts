import { PointsmanError } from '@pointsman/contract'
import { emptyReport } from '@pointsman/metrics'
import type { Settings } from '../settings.ts'
import { waitMs } from './clock.ts'
import { createClosers, type Closers } from './closers.ts'
import type { DataLink } from './control-link.ts'
import { startControlPlane } from './control-plane.ts'
import { takePort } from './front.ts'
import { awaitRegistry, takeGround } from './ground.ts'
import { hostKeysFrom, type ServiceKey } from './host-keys.ts'
import type { Log } from './log.ts'
import type { Sandbox } from './providers.ts'
import { openOwnJournal, recoverDead } from './recovery.ts'
import { openSupabaseTokens } from './open-supabase-tokens.ts'
import { createServing, type Serving } from './serving.ts'

export interface StartedServer {
  readonly url: string
  readonly serviceKey: ServiceKey
  /** What an operator should know although the server runs. */
  readonly notes: readonly string[]
  /** Starts the data planes anew, one after the other, without a refused request; absent = there is one process only. */
  renew?(): Promise<void>
  /** Takes no new request, lets those under way finish, records them, closes everything. */
  stop(): Promise<void>
  /** Ends at once what would outlive this process. */
  abandon(): void
}

/** Both planes in one process: the folder's lock and the port first, so that a start that cannot succeed makes nothing. */
export async function startServer(
  settings: Settings,
  log: Log,
  sandbox: Sandbox | null,
): Promise<StartedServer> {
  const closers = createClosers(log)
  try {
    return await start(settings, log, { sandbox, closers })
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

async function start(
  settings: Settings,
  log: Log,
  { closers, sandbox }: { readonly sandbox: Sandbox | null; readonly closers: Closers },
): Promise<StartedServer> {
  const { masterKey, serviceKey } = await takeGround(settings, closers)
  const front = await takePort(settings, log)
  closers.add('front', () => front.stop())
  const keys = hostKeysFrom(masterKey)
  const tokens = await openSupabaseTokens({ settings: settings.tokens, log })
  // What dead writers left is closed first, so that ingest reads whole journals.
  await recoverDead(settings.dataDir, log)
  const own = await openOwnJournal(settings, log)
  const { journal } = own
  closers.add('journal', () => own.close())
  const control = startControlPlane({
    ...{ settings, log, keys, journal, tokens },
    serviceKey: serviceKey.key,
    data: linkTo(() => serving),
  })
  closers.add('control plane', () => control.stop())
  let serving: Serving | null = null
  const opened = await createServing({
    ...{ settings, log, sandbox, keys, journal, control, closers, tokens },
    serviceKey: serviceKey.key,
  })
  serving = opened
  const problem = await awaitRegistry(control, settings)
  await opened.start().catch((error: unknown) => {
    throw problem ?? error
  })
  front.open(opened.gateway)
  return {
    url: front.url,
    serviceKey,
    notes: opened.notes(),
    stop: async () => {
      opened.drain()
      front.drain()
      await waitMs(settings.drainMs)
      opened.refuseNew()
      control.endStreams()
      await front.stop()
      await closers.closeAll()
    },
    abandon: () => undefined,
  }
}

/** The data plane of this process, which is opened after the control plane has begun. */
function linkTo(serving: () => Serving | null): DataLink {
  const there = (): Serving => {
    const present = serving()
    if (present !== null) return present
    throw new PointsmanError('not_ready', 'This server is starting. Try again in a moment.')
  }
  return {
    probe: async (model) => there().probe(model),
    listBedrock: async (question) => there().listBedrock(question),
    providerStates: () => serving()?.providerStates() ?? new Map(),
    providers: () => serving()?.providers() ?? [],
    conditions: () => serving()?.conditions() ?? [],
    metrics: async () => serving()?.metrics() ?? emptyReport,
  }
}
