import { createHash, createHmac } from 'node:crypto'
import { modelId, type SnapshotManifest, type SnapshotPart } from '@pointsman/contract'
import { snapshotFrom } from '@pointsman/core'
import type { Clock, SnapshotSource } from '@pointsman/engine'
import { expect, test } from 'vitest'
import { ConfigurationManager } from '../configuration/configuration-manager.ts'
import { defaultRoute } from './agent-routes.ts'
import { followSnapshot } from './followed-snapshot.ts'
import { localCatalogue } from './local-catalogue.ts'
import { localSnapshot } from './local-snapshot.ts'
import { createMergedSource } from './merged-source.ts'
import type { SignedSnapshotReader } from '@pointsman/engine/signed-snapshot'

const digests = {
  sha256Hex: (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex'),
  hmacSha256: (key: Uint8Array | string, data: string) => createHmac('sha256', key).update(data).digest(),
  hmacSha256Hex: (key: Uint8Array | string, data: string) =>
    createHmac('sha256', key).update(data).digest('hex'),
}
const catalogue = localCatalogue()
const [pro, lite, micro] = [
  'eu.amazon.nova-pro-v1:0',
  'eu.amazon.nova-lite-v1:0',
  'eu.amazon.nova-micro-v1:0',
]
const { configuration } = new ConfigurationManager('dev', {
  text: `agents:\n  default_model: ${micro}\n  own: { model: ${micro} }\n  known: { model: ${micro} }\n`,
})

/** A server whose registry has some models, a default, and the agent `known`, which inherits or has a model of its own. */
class FakeServer implements SignedSnapshotReader {
  number = 1
  target = pro
  known: string | null = null
  asked = 0
  read: string[] = []
  answer: () => Promise<void> = () => Promise.resolve()
  #made: { readonly key: string; readonly manifest: SnapshotManifest } | null = null
  readonly #parts = new Map<string, SnapshotPart>()

  async manifest(): Promise<SnapshotManifest> {
    this.asked += 1
    await this.answer()
    const key = `${this.number} ${this.target} ${this.known}`
    if (this.#made?.key === key) return this.#made.manifest
    const models = catalogue.models.filter(({ id }) => id === pro || id === lite)
    const { manifest, parts } = snapshotFrom(
      {
        models,
        prices: catalogue.prices.filter(({ modelId: id }) => models.some((model) => model.id === id)),
        routes: [
          defaultRoute(this.target),
          {
            ...defaultRoute(pro),
            kind: 'agent',
            name: 'known',
            target: this.known === null ? null : modelId(this.known),
          },
        ],
        ...{ roles: [], aliases: [], keys: [], 'fallback-rules': [] },
      },
      {
        revision: { epoch: 1, number: this.number },
        createdAtMs: 0,
        sha256Hex: (text) => digests.sha256Hex(text),
      },
    )
    manifest.parts.forEach(({ hash }, index) => {
      const part = parts[index]
      if (part !== undefined) this.#parts.set(hash, part)
    })
    this.#made = { key, manifest }
    return manifest
  }

  async part(hash: string): Promise<SnapshotPart> {
    const part = this.#parts.get(hash)
    if (part === undefined) throw new Error(`no part ${hash}`)
    this.read.push(part.kind)
    return part
  }
}

/** Time that stands still until it is moved; what waits is called when its time has come. */
class FakeClock implements Clock {
  #nowMs = 1_000_000
  readonly #waiting = new Set<{ readonly atMs: number; readonly callback: () => void }>()
  nowMs(): number {
    return this.#nowMs
  }
  nowUs(): number {
    return this.#nowMs * 1_000
  }
  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback }
    this.#waiting.add(timer)
    return () => void this.#waiting.delete(timer)
  }
  /** A frozen process: time passes and no timer fires. */
  freeze(spanMs: number): void {
    this.#nowMs += spanMs
  }
  pass(spanMs: number): void {
    this.#nowMs += spanMs
    for (const timer of [...this.#waiting]) {
      if (timer.atMs > this.#nowMs) continue
      this.#waiting.delete(timer)
      timer.callback()
    }
  }
}

function follow(server: FakeServer, clock: FakeClock) {
  const source: SnapshotSource = createMergedSource({ reader: server, configuration, catalogue, digests })
  const log: string[] = []
  const holding = followSnapshot({
    ...{ source, digests, clock, idleClock: clock, pollMs: 1_000 },
    local: localSnapshot(configuration, catalogue, digests),
    log: (_level, message) => void log.push(message),
  })
  const targetOf = (agent: string) => holding.pin().agents.get(agent)?.target
  return { holding, log, targetOf }
}

test('the server’s agents stand, one that inherits with what it inherits there; the file says the rest', async () => {
  const server = new FakeServer()
  const { holding, targetOf } = follow(server, new FakeClock())
  await holding.fresh()
  const snapshot = holding.pin()
  expect(targetOf('known')).toBe(pro)
  expect(targetOf('own')).toBe(micro)
  expect(snapshot.defaultRoute.target).toBe(micro)
  // A model that only the file names comes with its prices.
  expect(snapshot.prices.get(micro)?.size).toBeGreaterThan(0)
  holding.close()
})

test('a process that was frozen looks before its next call, and reads what changed alone', async () => {
  const server = new FakeServer()
  const clock = new FakeClock()
  const { holding, targetOf } = follow(server, clock)
  await holding.fresh()
  server.number = 2
  server.known = lite
  server.read = []
  // Within two looks nothing is asked by the call itself.
  await holding.fresh()
  expect(targetOf('known')).toBe(pro)
  clock.freeze(60_000)
  await holding.fresh()
  expect(targetOf('known')).toBe(lite)
  expect(server.read).toEqual(['routes'])
  holding.close()
})

test('a server that hangs holds up one call for a second, and none after it', async () => {
  const server = new FakeServer()
  const clock = new FakeClock()
  const { holding, targetOf } = follow(server, clock)
  await holding.fresh()
  server.answer = () => new Promise(() => undefined)
  clock.freeze(60_000)
  const waited = holding.fresh()
  await Promise.resolve()
  clock.pass(1_000)
  await waited
  const { asked } = server
  await holding.fresh()
  expect(server.asked).toBe(asked)
  expect(targetOf('known')).toBe(pro)
  holding.close()
})

test('until a server has answered the file decides, and that is said', async () => {
  const server = new FakeServer()
  server.answer = () => Promise.reject(new Error('away'))
  const clock = new FakeClock()
  const { holding, log, targetOf } = follow(server, clock)
  await holding.fresh()
  expect(targetOf('known')).toBe(micro)
  expect(log).toContain('snapshot_not_read')
  server.answer = () => Promise.resolve()
  clock.freeze(5_000)
  await holding.fresh()
  expect(targetOf('known')).toBe(pro)
  holding.close()
})

test('compiling goes on although nothing else keeps the process alive', async () => {
  let nowMs = 0
  // Each look at it takes longer than a step may: every step yields.
  const clock: Clock = {
    nowMs: () => (nowMs += 10),
    nowUs: () => nowMs * 1_000,
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
  }
  // As of a process that would end: none of its timers fires.
  const idleClock: Clock = { ...clock, after: () => () => undefined }
  const holding = followSnapshot({
    ...{ digests, clock, idleClock, pollMs: 1_000, log: () => undefined },
    source: createMergedSource({ reader: new FakeServer(), configuration, catalogue, digests }),
    local: localSnapshot(configuration, catalogue, digests),
  })
  await holding.fresh()
  expect(holding.pin().agents.get('known')?.target).toBe(pro)
  holding.close()
})
