import { connect } from 'node:net'
import { PointsmanError } from '@pointsman/contract'
import type { ControlDoor, MovedPin } from '@pointsman/gateway'
import { endsWithin, systemClock } from '../clock.ts'
import type { ControlLink, DataLink } from '../control-link.ts'
import type { MetricsReport } from '@pointsman/metrics'
import type { Settings } from '../../settings.ts'
import type { Log } from '../log.ts'
import { createLinkLeases, leasedShare, type LinkLeases } from './leases.ts'
import { createPeer, goneMessage, type Peer } from './peer.ts'
import type { ControlState, ToControl, ToData, ToldByData } from './questions.ts'

export interface DataEndParts {
  /** The link's socket. */
  readonly path: string
  readonly secret: string
  readonly door: ControlDoor
  readonly log: Log
  readonly limitsWhenAway: Settings['limitsWhenAway']
}

/** A data plane's end of the link: the control plane as if it were in this process. */
export interface DataEnd extends ControlLink {
  /** How the control plane's first try to open the registry ended, as far as it was told. */
  readonly firstTry: Promise<PointsmanError | null>
  /** Connects, and again whenever the link is lost. */
  open(data: DataLink): void
  /** Told as the last thing of an orderly stop. */
  tellCounted(): Promise<void>
  close(): void
}

const firstRetryMs = 25
const longestRetryMs = 1_000
const tellEveryMs = 2_000
const countedWithinMs = 1_000
const away: ControlState = {
  up: false,
  open: false,
  pinsUp: false,
  notes: [goneMessage],
  failure: null,
}

export function createDataEnd(parts: DataEndParts): DataEnd {
  return new Link(parts)
}

/** A holder of mutable state: the present connection and what the other end said last. */
class Link implements DataEnd {
  readonly firstTry: Promise<PointsmanError | null>
  readonly door: ControlDoor
  readonly #parts: DataEndParts
  readonly #leases: LinkLeases
  readonly #upListeners = new Set<() => Promise<void>>()
  readonly #snapshotListeners = new Set<() => void>()
  readonly #pinListeners = new Set<(moved: MovedPin | null) => void>()
  readonly #keyListeners = new Set<() => void>()
  #endFirstTry: (outcome: PointsmanError | null) => void = () => undefined
  #data: DataLink | null = null
  #peer: Peer<ToControl> | null = null
  #state = away
  #retryMs = firstRetryMs
  #cancelTimer: (() => void) | null = null
  #told = ''
  #closed = false

  constructor(parts: DataEndParts) {
    this.#parts = parts
    this.door = parts.door
    this.#leases = createLinkLeases(() => this.#peer, parts.limitsWhenAway)
    this.limits = { leases: this.#leases, share: leasedShare }
    this.firstTry = new Promise((resolve) => {
      this.#endFirstTry = resolve
    })
  }

  readonly source: ControlLink['source'] = {
    latest: () => this.#ask().ask('latest', null),
    // One at a time: a pin that a request waits for is not queued behind a whole snapshot.
    parts: async (hashes) => {
      const parts = []
      for (const hash of hashes) parts.push(...(await this.#ask().ask('parts', [hash])))
      return parts
    },
    onChange: (listener) => {
      this.#snapshotListeners.add(listener)
      return () => void this.#snapshotListeners.delete(listener)
    },
  }

  readonly pinStore: ControlLink['pinStore'] = {
    find: async (query) => this.#ask().ask('findPins', query),
    claim: async (claim) => this.#ask().ask('claimPin', claim),
  }

  readonly pinNews: ControlLink['pinNews'] = {
    onMoved: (listener) => {
      this.#pinListeners.add(listener)
      return () => void this.#pinListeners.delete(listener)
    },
    movedBetween: async (after, until) => this.#ask().ask('movedBetween', { after, until }),
    up: () => this.#state.pinsUp,
  }

  readonly replicas: ControlLink['replicas'] = {
    renewLease: async (replica) => {
      await this.#ask().ask('renewLease', replica)
    },
    acknowledge: async (told) => {
      await this.#ask().ask('acknowledge', told)
    },
    leave: async (replica) => {
      await this.#ask().ask('leave', replica)
    },
  }

  readonly providerKeys: ControlLink['providerKeys'] = {
    sealed: async () => this.#ask().ask('sealedKeys', null),
    onChange: (listener) => {
      this.#keyListeners.add(listener)
      return () => void this.#keyListeners.delete(listener)
    },
  }

  readonly limits: ControlLink['limits']
  up(): boolean {
    return this.#state.up
  }

  onUp(listener: () => Promise<void>): void {
    this.#upListeners.add(listener)
  }

  async hostMetrics(): Promise<MetricsReport> {
    return this.#ask().ask('hostMetrics', null)
  }

  /** What this data plane counted counts on when it is gone. Never rejects: a control plane that is away does not hold up a stop. */
  async tellCounted(): Promise<void> {
    const peer = this.#peer
    if (peer === null || this.#data === null) return
    await endsWithin(countedWithinMs, peer.ask('counted', await this.#data.metrics()))
  }

  notes(): readonly string[] {
    return this.#state.notes
  }

  open(data: DataLink): void {
    this.#data = data
    this.#connect()
  }

  close(): void {
    this.#closed = true
    this.#cancelTimer?.()
    this.#peer?.close()
  }

  #ask(): Peer<ToControl> {
    if (this.#peer !== null) return this.#peer
    throw new PointsmanError('registry_unavailable', goneMessage)
  }

  #connect(): void {
    const socket = connect(this.#parts.path)
    const peer = createPeer<ToControl, ToData>(
      socket,
      {
        probe: async (model) => this.#given().probe(model),
        listBedrock: async (question) => this.#given().listBedrock(question),
        metrics: async () => this.#given().metrics(),
        changed: async () => this.#tellSnapshot(),
        keysChanged: async () => this.#tellKeys(),
        moved: async (moved) => this.#tellPins(moved),
        state: async (state) => this.#take(state),
        up: async () => {
          await Promise.all([...this.#upListeners].map((listener) => listener()))
          return null
        },
      },
      () => this.#lost(),
    )
    socket.on('connect', () => {
      this.#greet(peer).catch((error: unknown) => {
        this.#parts.log('warn', 'control_link_refused', { error })
        peer.close()
      })
    })
  }

  async #greet(peer: Peer<ToControl>): Promise<void> {
    const told = this.#facts()
    this.#told = JSON.stringify(told)
    const { instance, ...state } = await peer.ask('hello', { secret: this.#parts.secret, told })
    this.#peer = peer
    // Before anything is leased over this link.
    this.#leases.opened(instance)
    this.#retryMs = firstRetryMs
    this.#take(state)
    // What was said while nobody listened.
    this.#tellPins(null)
    this.#tellKeys()
    this.#tellSnapshot()
    this.#tellLater()
    if (state.up) await Promise.all([...this.#upListeners].map((listener) => listener()))
  }

  #lost(): void {
    this.#peer = null
    this.#state = away
    this.#cancelTimer?.()
    if (this.#closed) return
    this.#cancelTimer = systemClock.after(this.#retryMs, () => this.#connect())
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
  }

  #take(state: ControlState): null {
    this.#state = state
    // Not at `up` alone: this data plane would call itself ready while the control API still refuses.
    if (state.up && (state.open ?? true)) this.#endFirstTry(null)
    else if (state.failure !== null) {
      const { code, data, message } = state.failure
      this.#endFirstTry(new PointsmanError(code, message, data === undefined ? {} : { data }))
    }
    return null
  }

  #tellSnapshot(): null {
    for (const listener of this.#snapshotListeners) listener()
    return null
  }

  #tellPins(moved: MovedPin | null): null {
    for (const listener of this.#pinListeners) listener(moved)
    return null
  }

  #tellKeys(): null {
    for (const listener of this.#keyListeners) listener()
    return null
  }

  /** Credentials come and go while a server runs, and a disk fills. */
  #tellLater(): void {
    this.#cancelTimer = systemClock.after(tellEveryMs, () => {
      const peer = this.#peer
      if (peer === null) return
      const told = this.#facts()
      const text = JSON.stringify(told)
      if (text !== this.#told) {
        this.#told = text
        void Promise.allSettled([peer.ask('told', told)])
      }
      this.#tellLater()
    })
  }

  #facts(): ToldByData {
    const data = this.#given()
    return {
      states: [...data.providerStates()],
      facts: data.providers(),
      conditions: data.conditions(),
    }
  }

  #given(): DataLink {
    if (this.#data !== null) return this.#data
    throw new PointsmanError('not_ready', 'This data plane is starting.')
  }
}
