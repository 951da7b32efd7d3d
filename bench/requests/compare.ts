/**
 * Checkouts in turn, so that a change is seen that is smaller than what other work on the machine does:
 * `node bench/requests/compare.ts [--converse] [--bytes 500] [--seconds 60] FOLDER…`; this checkout and nginx are always among
 * them. Each is asked for a second at a time; in windows of 60 ms its data plane's processor time is held against the
 * requests that its upstream counted. What is told of the windows are their lower percentiles: other work only adds.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { root } from '../../tests/server.ts'
import type { Contestant } from '../side-by-side/contestant.ts'
import { runLoad } from '../side-by-side/load.ts'
import { nginxProxy } from '../side-by-side/nginx.ts'
import { pointsman, type PointsmanContestant } from '../side-by-side/pointsman.ts'
import { processorUs } from '../side-by-side/processes.ts'
import { startUpstream, type Upstream } from '../side-by-side/upstream.ts'
import { many, requestBody } from './measure-turn.ts'

const windowMs = 60
/** What a window needs so that one request more or less says nothing. */
const leastRequests = 20
/** The load has begun by then. */
const settleMs = 150
const warmSeconds = 10

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    converse: { type: 'boolean', default: false },
    bytes: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '60' },
  },
})

interface Entry {
  readonly contestant: Contestant
  readonly model: string
  readonly windowsUs: number[]
}

const upstream = await startUpstream()
const servers: PointsmanContestant[] = []
const opened: Contestant[] = [await nginxProxy(upstream.url)]
try {
  for (const checkout of [...positionals, root]) {
    const server = await pointsman({
      ...{ name: checkout, upstreamUrl: upstream.url, durability: 'write', checkout },
    })
    servers.push(server)
    opened.push(server)
  }
  const modelOf = (contestant: Contestant): string =>
    values.converse
      ? (servers.find((server) => server === contestant)?.converseModel ?? contestant.model)
      : contestant.model
  const entries = opened.map((contestant) => ({
    ...{ contestant, model: modelOf(contestant), windowsUs: [] },
  }))
  for (const entry of entries) await ask(entry, warmSeconds)
  for (const { contestant } of entries) await contestant.settled()
  const endsAtMs = Date.now() + Number(values.seconds) * 1_000
  for (let round = 0; Date.now() < endsAtMs; round += 1)
    for (let turn = 0; turn < entries.length; turn += 1) {
      const entry = entries[(turn + round) % entries.length]
      if (entry !== undefined) await measure(entry)
    }
  print(entries)
} finally {
  await Promise.all(opened.map((contestant) => contestant.stop()))
  await upstream.stop()
}

async function ask({ contestant, model }: Entry, seconds: number): Promise<void> {
  const { failures } = await runLoad({
    url: `${contestant.baseUrl}/chat/completions`,
    headers: contestant.headers,
    body: requestBody(model, Number(values.bytes)),
    ...{ seconds, connections: many },
  })
  if (failures > 0) throw new Error(`${failures} requests of ${contestant.name} failed`)
}

async function measure(entry: Entry): Promise<void> {
  const load = { isOver: false }
  const asking = ask(entry, 1).finally(() => (load.isOver = true))
  const pids = entry.contestant.parts[0]?.pids ?? []
  const look = async () => ({ requests: await requestsOf(upstream), us: processorUs(pids) })
  await sleep(settleMs)
  let before = await look()
  for (;;) {
    await sleep(windowMs)
    // A window in which the load ended is none.
    if (load.isOver) break
    const now = await look()
    // The look itself is a request, too.
    const requests = now.requests - before.requests - 1
    if (requests >= leastRequests) entry.windowsUs.push((now.us - before.us) / requests)
    before = now
  }
  await asking
}

/** As nginx's `stub_status` counts them, the present one included. */
async function requestsOf({ url }: Upstream): Promise<number> {
  const text = await (await fetch(`${url}/status`)).text()
  return Number(/requests\s+\d+ \d+ (\d+)/.exec(text)?.[1])
}

function print(entries: readonly Entry[]): void {
  const shares = [0.02, 0.1, 0.25, 0.5]
  const at = (all: readonly number[], share: number): number =>
    all.toSorted((one, other) => one - other)[Math.floor(share * (all.length - 1))] ?? Number.NaN
  const nginxUs = at(entries[0]?.windowsUs ?? [], 0.1)
  process.stdout.write(`µs a request by percentiles of windows: ${shares.join(', ')}; × nginx at 0.1\n`)
  for (const { contestant, windowsUs } of entries) {
    const figures = shares.map((share) => at(windowsUs, share).toFixed(1).padStart(7)).join(' ')
    const ratio = (at(windowsUs, 0.1) / nginxUs).toFixed(2)
    process.stdout.write(`${figures}   ${ratio} ×   ${windowsUs.length} windows   ${contestant.name}\n`)
  }
}
