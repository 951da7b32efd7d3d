import { randomUUID, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { PointsmanError, type ReplicaId } from '@pointsman/contract'
import type { ProviderFacts } from '@pointsman/control'
import type { LimitLeases } from '@pointsman/gateway'
import { emptyReport, endedReport, joinReports, type MetricsReport } from '@pointsman/metrics'
import { endsWithin, systemClock } from '../clock.ts'
import type { DataLink } from '../control-link.ts'
import type { ControlPlane } from '../control-plane.ts'
import { createHeldSlots } from './leases.ts'
import { createPeer, type Answers, type Peer } from './peer.ts'
import type { ControlState, ToControl, ToData, ToldByData } from './questions.ts'

const lookAtStateEveryMs = 250
const metricsWithinMs = 2_000

/** The control plane's end of the links to the data planes of its host. */
export interface ControlEnd {
  readonly data: DataLink
  /** Answers from here on. */
  serve(control: ControlPlane): void
  /** A connection of the link's socket. */
  accept(socket: Socket): void
  close(): void
}

/** Bound: one peer a data plane. `onLost`: a data plane that was there is gone. */
export function createControlEnd(secret: string, onLost: () => void): ControlEnd {
  return new Links(secret, onLost)
}

/** Who is at the other end of one connection. */
interface Guest {
  known(): boolean
  /** Throws where it is not one of ours. */
  welcome(given: ToControl['hello']['given']): void
  told(told: ToldByData): void
  leased(replica: ReplicaId): void
  counted(report: MetricsReport): void
  slots(control: ControlPlane): LimitLeases
}

class Links implements ControlEnd {
  readonly #secret: Buffer
  readonly #onLost: () => void
  readonly #instance = randomUUID()
  readonly #peers = new Map<Peer<ToData>, ToldByData>()
  readonly #sockets = new Set<Socket>()
  #control: ControlPlane | null = null
  /** All call the same providers: what the last one told. */
  #last: ToldByData = { states: [], facts: [], conditions: [] }
  #toldState = ''
  /** What each data plane counted when it was asked last; of those that ended all together. */
  readonly #counted = new Map<Peer<ToData>, MetricsReport>()
  #ended = emptyReport
  #cancelLook: (() => void) | null = null

  constructor(secret: string, onLost: () => void) {
    this.#secret = Buffer.from(secret)
    this.#onLost = onLost
  }

  readonly data: DataLink = {
    probe: async (model) => this.#anyPeer().ask('probe', model),
    listBedrock: async (question) => this.#anyPeer().ask('listBedrock', question),
    providerStates: () => new Map(this.#last.states),
    providers: () => this.#last.facts.map((own) => this.#withProblem(own)),
    metrics: () => this.#metrics(),
    // Several data planes on one disk say the same.
    conditions: () => {
      const all = [...this.#peers.values()].flatMap(({ conditions }) => conditions)
      return [...new Map(all.map((condition) => [JSON.stringify(condition), condition])).values()]
    },
  }

  serve(control: ControlPlane): void {
    this.#control = control
    control.source.onChange(() => this.#tellAll('changed', null))
    control.providerKeys.onChange(() => this.#tellAll('keysChanged', null))
    control.pinNews.onMoved((moved) => this.#tellAll('moved', moved))
    control.onUp(async () => {
      this.#tellState()
      await Promise.allSettled([...this.#peers.keys()].map((peer) => peer.ask('up', null)))
    })
    void control.firstTry.then(() => this.#tellState())
    this.#look()
  }

  accept(socket: Socket): void {
    this.#sockets.add(socket)
    let known = false
    let replica: ReplicaId | null = null
    let slots: ReturnType<typeof createHeldSlots> | null = null
    const peer: Peer<ToData> = createPeer<ToData, ToControl>(
      socket,
      this.#answers({
        known: () => known,
        welcome: ({ secret, told }) => {
          if (!this.#isOurs(secret)) {
            socket.destroy()
            throw new PointsmanError('invalid_key', 'This process was not started by the same host.')
          }
          known = true
          this.#take(peer, told)
        },
        told: (told) => this.#take(peer, told),
        leased: (id) => {
          replica = id
        },
        counted: (report) => void this.#counted.set(peer, report),
        slots: (control) => (slots ??= createHeldSlots(control.limits.leases)),
      }),
      () => {
        this.#sockets.delete(socket)
        slots?.release()
        if (!this.#peers.delete(peer)) return
        this.#retire(peer)
        this.#onLost()
        // A switch would wait for a dead one until its lease ends. One that lives has its lease again when it is back.
        if (replica !== null && this.#control !== null)
          void Promise.allSettled([this.#control.replicas.leave(replica)])
      },
    )
  }

  close(): void {
    this.#cancelLook?.()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** That a vendor refuses a key is known to the data plane that called with it. */
  #withProblem(own: ProviderFacts): ProviderFacts {
    if (own.credential.problem !== null) return own
    const told = [...this.#peers.values()]
      .flatMap(({ facts }) => facts)
      .find(({ credential, id }) => id === own.id && credential.problem !== null)
    return told === undefined || told.credential.lastFour !== own.credential.lastFour ? own : told
  }

  #anyPeer(): Peer<ToData> {
    const [peer] = this.#peers.keys()
    if (peer !== undefined) return peer
    throw new PointsmanError('not_ready', 'No data plane of this host is up.')
  }

  #take(peer: Peer<ToData>, told: ToldByData): void {
    this.#peers.set(peer, told)
    this.#last = told
  }

  #answers(guest: Guest): Answers<ToControl> {
    /** Nothing is answered before the hello. */
    const control = (): ControlPlane => {
      if (guest.known() && this.#control !== null) return this.#control
      throw new PointsmanError('not_ready', 'The link is not open yet.')
    }
    return {
      hello: async (given) => {
        guest.welcome(given)
        return { ...this.#state(), instance: this.#instance }
      },
      told: async (told) => {
        control()
        guest.told(told)
        return null
      },
      latest: async () => control().source.latest(),
      parts: async (hashes) => control().source.parts(hashes),
      findPins: async (query) => control().pinStore.find(query),
      claimPin: async (claim) => control().pinStore.claim(claim),
      movedBetween: async ({ after, until }) => control().pinNews.movedBetween(after, until),
      sealedKeys: async () => control().providerKeys.sealed(),
      lease: async (asks) => guest.slots(control()).lease(asks),
      charge: async (changes) => {
        guest.slots(control()).charge(changes)
        return null
      },
      renewLease: async (replica) => {
        guest.leased(replica.id)
        return done(control().replicas.renewLease(replica))
      },
      acknowledge: async (told) => done(control().replicas.acknowledge(told)),
      hostMetrics: async () => control().hostMetrics(),
      counted: async (report) => {
        control()
        guest.counted(report)
        return null
      },
      leave: async (replica) => done(control().replicas.leave(replica)),
    }
  }

  /** One that does not answer in time is told as it was. */
  async #metrics(): Promise<MetricsReport> {
    const asked = [...this.#peers.keys()].map(async (peer) => {
      this.#counted.set(peer, await peer.ask('metrics', null))
    })
    await endsWithin(metricsWithinMs, Promise.allSettled(asked))
    return joinReports([this.#ended, ...this.#counted.values()])
  }

  /** What it counted stays, or a scraper would see the host's sums fall. */
  #retire(peer: Peer<ToData>): void {
    const last = this.#counted.get(peer)
    this.#counted.delete(peer)
    if (last !== undefined) this.#ended = retired(this.#ended, last)
  }

  #isOurs(secret: string): boolean {
    const given = Buffer.from(secret)
    return given.length === this.#secret.length && timingSafeEqual(given, this.#secret)
  }

  #state(): ControlState {
    const control = this.#control
    if (control === null) return { up: false, open: false, pinsUp: false, notes: [], failure: null }
    const failure = control.failure()
    return {
      up: control.up(),
      open: control.isOpen(),
      pinsUp: control.pinNews.up(),
      notes: control.notes(),
      failure:
        failure === null
          ? null
          : {
              code: failure.code,
              message: failure.message,
              ...(failure.details.data === undefined ? {} : { data: failure.details.data }),
            },
    }
  }

  #look(): void {
    this.#tellState()
    this.#cancelLook = systemClock.after(lookAtStateEveryMs, () => this.#look())
  }

  #tellState(): void {
    const state = this.#state()
    const text = JSON.stringify(state)
    if (text === this.#toldState) return
    this.#toldState = text
    this.#tellAll('state', state)
  }

  #tellAll<Name extends 'changed' | 'keysChanged' | 'moved' | 'state'>(
    name: Name,
    given: ToData[Name]['given'],
  ): void {
    // What could not be told is asked for when the link is there again.
    for (const peer of this.#peers.keys()) void Promise.allSettled([peer.ask<Name>(name, given as never)])
  }
}

/** The figures that only rise are kept as one: there is no end to the data planes that end. */
function retired(before: MetricsReport, last: MetricsReport): MetricsReport {
  const both = joinReports([before, endedReport(last)])
  const names = [...new Set(both.gauges.flatMap((gauges) => Object.keys(gauges)))]
  const sum = (name: string): number => both.gauges.reduce((total, gauges) => total + (gauges[name] ?? 0), 0)
  return { ...both, gauges: [Object.fromEntries(names.map((name) => [name, sum(name)]))] }
}

const done = async (work: Promise<void>): Promise<null> => {
  await work
  return null
}
