// size: a declared table
/**
 * Mistakes that would break a promise, each with the tests that must notice it. Add a line for each kind of mistake that
 * a test of yours is there to find.
 */
export interface PlantedFault {
  readonly name: string
  readonly edits: readonly Edit[]
  /** Test files from the root; together they must fail. */
  readonly tests: readonly string[]
  /** Only tests whose names match: where others in the files would wait for a limit of time. */
  readonly only?: string
  /** Of pure rooms, without a database: the short form draws from these. */
  readonly quick: boolean
}

export interface Edit {
  /** From the root. */
  readonly file: string
  /** Stands in it exactly once. */
  readonly before: string
  readonly after: string
}

const attempt = 'packages/engine/src/attempt.ts'
const decide = 'packages/core/src/routing/decide.ts'

export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'the journal is not synced',
    edits: [
      {
        file: 'packages/journal/src/segment-writer.ts',
        before: '    if (this.#options.sync) await current.file.datasync()\n',
        after: '',
      },
    ],
    tests: ['packages/journal/src/crash.test.ts'],
    quick: false,
  },
  {
    name: 'a usage record is written twice',
    edits: [
      {
        file: 'packages/engine/src/settle.ts',
        before: 'await records.outcome(record)',
        after: 'await records.outcome(record); await records.outcome(record)',
      },
    ],
    tests: ['packages/engine/src/whole.test.ts'],
    quick: true,
  },
  {
    name: 'redirects are followed',
    edits: [
      {
        file: 'packages/engine/src/transport/http1/call.ts',
        before: 'this.#listener.head(head)',
        after:
          "void fetch(head.headers['location'] ?? '').then(({ status }) => this.#listener.head({ status, headers: {} }))",
      },
    ],
    tests: ['packages/engine/src/transport/http1/transport.test.ts'],
    only: 'a redirect is an answer',
    quick: true,
  },
  {
    name: 'pieces of a stream are decoded one by one',
    edits: [
      {
        file: 'packages/wire/src/framing/server-sent-events.ts',
        before: 'this.#carry.append(rest)',
        after: 'this.#carry.append(new TextEncoder().encode(new TextDecoder().decode(rest)))',
      },
    ],
    tests: ['packages/wire/src/framing/server-sent-events.test.ts'],
    quick: true,
  },
  {
    name: 'a call goes on when its caller has left',
    edits: [{ file: attempt, before: 'if (!this.#upstreamEnded) this.#call?.abort()', after: '' }],
    tests: ['packages/engine/src/client-leaves.test.ts'],
    quick: true,
  },
  {
    name: 'keys are compared by their first characters',
    edits: [
      {
        file: 'packages/core/src/access/principal-of-key.ts',
        before: 'known.serviceKeyDigests.includes(digest)',
        after: 'known.serviceKeyDigests.some((other) => other.slice(0, 8) === digest.slice(0, 8))',
      },
    ],
    tests: ['packages/core/src/access/access.test.ts'],
    quick: true,
  },
  {
    name: 'a fallback moves a conversation',
    edits: [{ file: decide, before: " && draft.candidates[0]?.step === 'target'", after: '' }],
    tests: ['packages/core/src/routing/decide.test.ts', 'packages/core/src/routing/decide.property.test.ts'],
    quick: true,
  },
  {
    name: 'fallbacks are not held to the residency of their route',
    edits: [
      {
        file: decide,
        before: 'firstVerdict({ model, namedId: id, region, automatic, isTarget }, draft.setting)',
        after:
          "firstVerdict({ model, namedId: id, region, automatic, isTarget }, step === 'fallback' ? { ...draft.setting, residency: null } : draft.setting)",
      },
    ],
    tests: [
      'packages/core/src/routing/decide.property.test.ts',
      'packages/core/src/routing/candidates.test.ts',
    ],
    quick: true,
  },
  {
    name: 'an unknown price counts as nothing',
    edits: [
      {
        file: 'packages/core/src/cost/cost.ts',
        before: '    if (rate === null) return null\n    picoUsd += tokens * rate',
        after: '    picoUsd += tokens * (rate ?? 0)',
      },
    ],
    tests: ['packages/core/src/cost/cost.test.ts'],
    quick: true,
  },
  {
    name: 'a switch is chained without the one before it',
    edits: [
      {
        file: 'supabase/migrations/20260313100000_chained_erasures.sql',
        before: 'convert_to(head.hash || canonical_text,',
        after: 'convert_to(canonical_text,',
      },
    ],
    tests: ['packages/registry/src/switch-history.test.ts'],
    quick: false,
  },
  {
    name: 'one good address lets a bad one pass',
    edits: [
      {
        file: 'packages/engine/src/transport/address-guard.ts',
        before: '.find((text) => text !== null)',
        after: '.at(0)',
      },
    ],
    tests: ['packages/engine/src/transport/address-guard.test.ts'],
    quick: true,
  },
  {
    name: 'a body is as large as its head says',
    edits: [
      {
        file: 'packages/gateway/src/node-exchange.ts',
        before: '      if (size > limitBytes) throw bodyTooLarge(limitBytes)\n',
        after: '',
      },
    ],
    tests: ['packages/gateway/src/gateway.test.ts'],
    quick: false,
  },
  {
    name: 'an answer does not wait for its record',
    edits: [
      {
        file: 'packages/engine/src/settle.ts',
        before: '    await records.outcome(record)\n',
        after: '    void records.outcome(record)\n',
      },
    ],
    tests: ['packages/engine/src/whole.test.ts', 'packages/engine/src/stream.test.ts'],
    quick: true,
  },
  {
    name: 'another model is tried after the first bytes',
    edits: [
      {
        file: 'packages/engine/src/serve-stream.ts',
        before: 'if (relay.committed) return endBroken(run, prepared, relay, end.failure)',
        after: 'if (relay.committed && Date.now() < 0) return endBroken(run, prepared, relay, end.failure)',
      },
    ],
    tests: ['packages/engine/src/broken-stream.test.ts'],
    quick: true,
  },
  {
    name: 'the retry budget is not debited',
    edits: [
      {
        file: 'packages/core/src/resilience/retry-budget.ts',
        before: 'return { balance: balance - oneRetry, lastAtMs: nowMs }',
        after: 'return { balance, lastAtMs: nowMs }',
      },
    ],
    tests: ['packages/core/src/resilience/retry-budget.test.ts'],
    quick: true,
  },
  {
    name: 'the gates are not asked again where a fallback is taken',
    edits: [
      {
        file: 'packages/engine/src/attempts.ts',
        before: 'if (candidate !== run.job.plan.candidates[0]) {',
        after: 'if (Date.now() < 0) {',
      },
    ],
    tests: ['packages/engine/src/fallback.test.ts', 'packages/gateway/src/fallback-gates.test.ts'],
    quick: false,
  },
  {
    name: 'a new snapshot is fetched and the old one kept',
    edits: [
      {
        file: 'packages/engine/src/snapshot-holder.ts',
        before: "      this.#swap({ manifest, compiled }, 'source')\n",
        after: "      if (this.#held === null) this.#swap({ manifest, compiled }, 'source')\n",
      },
    ],
    tests: ['packages/engine/src/snapshot-holder.test.ts'],
    quick: true,
  },
  {
    name: 'a key that has ended still lets its holder in',
    edits: [
      {
        file: 'packages/core/src/access/principal-of-key.ts',
        before: 'if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return null',
        after: 'if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs - 86_400_000) return null',
      },
    ],
    tests: ['packages/core/src/access/access.test.ts'],
    quick: true,
  },
  {
    name: 'the chain is not followed from record to record',
    edits: [
      {
        file: 'packages/registry/src/switch-chain.ts',
        before: "if (read.text(row, 'previous_hash') !== checked.head)",
        after: "if (read.text(row, 'previous_hash').length !== checked.head.length)",
      },
    ],
    tests: ['packages/registry/src/switches.test.ts'],
    quick: false,
  },
  {
    name: 'a member named __proto__ is passed over in silence',
    edits: [
      {
        file: 'packages/control/src/http/read-body.ts',
        before: "if (name === '__proto__') {",
        after: "if (name === '__prototype__') {",
      },
    ],
    tests: ['packages/control/src/compat/bad-input.test.ts'],
    only: '__proto__',
    quick: false,
  },
  {
    name: 'a slow reader does not hold its upstream back',
    edits: [
      {
        file: 'packages/engine/src/relay.ts',
        before: '    this.#control.pause()\n',
        after: '',
      },
    ],
    tests: ['packages/engine/src/slow-reader.test.ts'],
    quick: true,
  },
  {
    name: 'the connection of a client that vanished is kept',
    edits: [
      {
        file: 'packages/gateway/src/http2-sessions.ts',
        before: 'if (!socket.destroyed) socket.resetAndDestroy()',
        after: 'if (socket.destroyed) socket.resetAndDestroy()',
      },
    ],
    tests: ['packages/gateway/src/half-open.test.ts'],
    quick: true,
  },
  {
    name: 'a second request may spend what the first has reserved',
    edits: [
      {
        file: 'packages/gateway/src/limits/meter.ts',
        before: '    this.#used += amount\n    this.#reserved += amount',
        after: '    this.#reserved += amount',
      },
    ],
    tests: ['packages/gateway/src/limits/limits.test.ts'],
    quick: true,
  },
  {
    name: 'a request is begun behind the last answer of its connection',
    edits: [
      {
        file: 'packages/gateway/src/in-turn.ts',
        before: 'turn === undefined || turn.last.closed',
        after: 'turn === undefined || turn.ahead === 0',
      },
    ],
    tests: ['packages/gateway/src/node-listener.test.ts'],
    only: 'begun',
    quick: true,
  },
  {
    name: 'who takes a little at a time looks like one who left',
    edits: [
      {
        file: 'packages/gateway/src/stall-watch.ts',
        before: 'took && leftBytes < before.leftBytes',
        after: 'took && leftBytes === 0',
      },
    ],
    tests: ['packages/pointsman/src/serve/unsent-bytes.test.ts'],
    only: 'taken slowly',
    quick: false,
  },
  {
    name: 'what was taken out of a record needs no erasure',
    edits: [
      {
        file: 'packages/registry/src/erasure-cover.ts',
        before: 'any.some((one) =>',
        after: 'any.every((one) => one !== workspace ||',
      },
    ],
    tests: ['packages/registry/src/erasures.test.ts'],
    only: 'changed in a column',
    quick: false,
  },
]
