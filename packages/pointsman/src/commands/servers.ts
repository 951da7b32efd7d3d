import { randomBytes } from 'node:crypto'
import type { SimulatedModel, Simulator, SimulatorOptions } from '@pointsman/simulator'
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import models from '../../../../catalogue/models.json' with { type: 'json' }
import { unusable } from '../serve/front.ts'
import { createLog } from '../serve/log.ts'
import type { Sandbox } from '../serve/providers.ts'
import { startServer, type StartedServer } from '../serve/start-server.ts'
import { refuseOwnAddress } from '../own-address.ts'
import { addressesIn, readSettings, type Flags, type Settings } from '../settings.ts'
import { commandOf, sandboxGreeting, serveGreeting, simulatorGreeting } from './greetings.ts'

type Environment = NodeJS.ProcessEnv

/** Quick enough to try things, slow enough to see a stream. */
const latency = { firstTokenMs: 40, perTokenMs: 2 }

/** An import's type knows only the lists that stand in the file today. */
const regionsOf = (model: { readonly sourceRegions: readonly string[] | null }): readonly string[] =>
  model.sourceRegions ?? []

/** Every provider's. A base id behind a profile is refused where that profile serves it, as Amazon Bedrock does. */
function simulatedModels(): readonly SimulatedModel[] {
  return models.models.map((model) => {
    const profiles = models.models.filter(
      (profile) => profile.baseModelId === model.id && profile.kind === 'geo-profile',
    )
    const own = new Set<string>(regionsOf(model))
    const profileOnlyRegions = profiles.flatMap(regionsOf).filter((region) => !own.has(region))
    return { ...(model as SimulatedModel), profileOnlyRegions }
  })
}

/** `serve` does without: of the thousand files that a start loads it is a seventh. */
async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const simulator = await import('@pointsman/simulator')
  return simulator.startSimulator(options)
}

/** `serve`: both planes with the operator's own credentials. */
export async function serve(environment: Environment, flags: Flags): Promise<number> {
  process.title = 'pointsman-host'
  const settings = readSettings(environment, flags)
  // Not for the sandbox: it calls its own simulator, whatever the variables say.
  refuseOwnAddress(settings, addressesIn(settings))
  const early = takeEarlySignals(settings)
  const server = await startPlanes(settings, 'info', { early, sandbox: null })
  greet(early, serveGreeting(server, settings))
  return untilStopped(server, early, () => server.stop())
}

/** `sandbox`: `serve` beside the simulator, with a key pair that only this pair of processes knows. */
export async function sandbox(environment: Environment, flags: Flags): Promise<number> {
  process.title = 'pointsman-host'
  // It calls nobody but its own simulator, and asks nobody else for keys.
  const settings: Settings = { ...readSettings(environment, flags), secretsManager: null }
  const early = takeEarlySignals(settings)
  const accessKeyId = 'AKIASANDBOX'
  const secretAccessKey = randomBytes(24).toString('base64url')
  const key = randomBytes(24).toString('base64url')
  const simulator = await startSimulator({
    models: simulatedModels(),
    credentials: {
      accessKeys: [{ accessKeyId, secretAccessKey }],
      apiKeys: [key],
    },
    defaultRegion: settings.region,
    latency,
  })
  const given: Sandbox = {
    url: simulator.url,
    awsCredential: { kind: 'aws', accessKeyId, secretAccessKey, sessionToken: null },
    key,
  }
  const server = await startBeside(simulator, settings, { early, sandbox: given })
  greet(early, sandboxGreeting(server, settings, commandOf(environment)))
  return untilStopped(server, early, async () => {
    await server.stop()
    await simulator.close()
  })
}

/** Not of a server that is to stop before it was up. */
function greet(early: EarlySignals | null, text: string): void {
  if (early?.isStopAsked() !== true) process.stdout.write(text)
}

interface Given {
  readonly sandbox: Sandbox | null
  readonly early: EarlySignals | null
}

/** In one process, or with `--workers` in several. */
async function startPlanes(
  settings: Settings,
  leastLevel: 'info' | 'warn',
  { early, sandbox }: Given,
): Promise<StartedServer> {
  const log = createLog(leastLevel)
  if (early === null) return startServer(settings, log, sandbox)
  const { startHost } = await import('../serve/host/start-host.ts')
  return startHost({ settings, log, leastLevel, sandbox, stopAsked: early.stopAsked })
}

async function startBeside(simulator: Simulator, settings: Settings, given: Given): Promise<StartedServer> {
  try {
    // Warnings only: a newcomer's terminal shows what to try next, not what went as it should.
    return await startPlanes(settings, 'warn', given)
  } catch (error) {
    await simulator.close()
    throw error
  }
}

/** `simulate`: the simulator alone, for other people's tests. */
export async function simulate(environment: Environment, flags: Flags): Promise<number> {
  const settings = readSettings(environment, flags)
  const simulator = await startSimulator({
    host: settings.host,
    port: settings.port,
    models: simulatedModels(),
    defaultRegion: settings.region,
    latency,
  }).catch((error: unknown) => {
    throw unusable(settings, error)
  })
  process.stdout.write(simulatorGreeting(simulator.url))
  return untilStopped({ abandon: () => undefined }, null, () => simulator.close())
}

/** Of a start of several processes. */
interface EarlySignals {
  /** Told when a stop was asked for. */
  readonly stopAsked: Promise<null>
  isStopAsked(): boolean
  /** No more of them are taken: what was asked for is owed. */
  end(): 'renewal' | 'stop' | null
}

/**
 * From the start on, where there are several processes: the first data plane is ready before the last, so that whoever sees the
 * door open may ask before the start is over, and Node ends a process that does not listen, without order.
 */
function takeEarlySignals({ workers }: Settings): EarlySignals | null {
  if (workers === 0) return null
  const asked = Promise.withResolvers<null>()
  let owed: 'renewal' | 'stop' | null = null
  const onRenewal = (): void => void (owed ??= 'renewal')
  const onStop = (): void => {
    if (owed === 'stop') process.exit(130)
    owed = 'stop'
    asked.resolve(null)
  }
  process.on('SIGHUP', onRenewal).on('SIGINT', onStop).on('SIGTERM', onStop)
  return {
    stopAsked: asked.promise,
    isStopAsked: () => owed === 'stop',
    end: () => {
      process.off('SIGHUP', onRenewal).off('SIGINT', onStop).off('SIGTERM', onStop)
      return owed
    },
  }
}

/**
 * Runs until SIGINT or SIGTERM, then stops in order; a second signal ends the process at once. SIGHUP renews the data
 * planes; where there are none to renew it is a terminal that was closed, and stops in order, too.
 */
async function untilStopped(
  { abandon, renew }: Pick<StartedServer, 'abandon' | 'renew'>,
  early: EarlySignals | null,
  stop: () => Promise<void>,
): Promise<number> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve)
    process.on('SIGHUP', () => void (early === null || renew === undefined ? resolve() : renew()))
    const owed = early?.end()
    if (owed === 'stop') resolve()
    if (owed === 'renewal') void renew?.()
  })
  const impatient = (): void => {
    abandon()
    process.exit(130)
  }
  process.on('SIGINT', impatient).on('SIGTERM', impatient)
  await stop()
  process.off('SIGINT', impatient).off('SIGTERM', impatient)
  return 0
}
