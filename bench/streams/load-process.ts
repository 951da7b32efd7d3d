/**
 * Vendor and clients of streams in one process, so that one clock says how long a chunk took. Arguments: the vendor's port,
 * and a port at which one turn after the other is asked for: its JSON in, what was measured out.
 */
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../figures.ts'
import { memoryMb, processorUs } from '../side-by-side/processes.ts'
import { StreamClient, type Asking, type Seen } from './stream-client.ts'
import { Vendor } from './vendor.ts'
import type { StreamTurn, StreamTurnAsked } from './load.ts'

const [vendorPort = '0', controlPort = '0'] = process.argv.slice(2)
const vendor = new Vendor()
await vendor.listen(Number(vendorPort))

createServer((request, response) => {
  json(request)
    .then((asked) => Promise.race([turnOf(asked as StreamTurnAsked), late()]))
    .then(
      (turn) => response.end(JSON.stringify(turn)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
}).listen(Number(controlPort), '127.0.0.1')

/** A stream that never begins, or never ends, would hold the bench for good. */
async function late(): Promise<never> {
  await sleep(120_000)
  throw new Error(`a turn did not end within two minutes; ${vendor.open} streams are open at the vendor`)
}

async function turnOf(asked: StreamTurnAsked): Promise<StreamTurn> {
  const seen: Seen = { chunks: 0, reads: 0, failures: 0, counting: false, delaysUs: [] }
  const { body, headers, url } = asked
  const { pathname, port } = new URL(url)
  const lines = Object.entries({
    ...{ host: `127.0.0.1:${port}`, 'content-type': 'application/json' },
    ...{ 'content-length': String(Buffer.byteLength(body)), ...headers },
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const asking = { port: Number(port), request: `POST ${pathname} HTTP/1.1\r\n${head}\r\n${body}`, seen }
  return asked.perSecond === 0 ? await oneByOne(asked, asking) : await sideBySide(asked, asking)
}

/** Many streams at once, all open for the whole of the time that is measured. */
async function sideBySide(
  { memoryOf, perSecond, pids, seconds, streams }: StreamTurnAsked,
  asking: Asking,
): Promise<StreamTurn> {
  const { seen } = asking
  const clients = Array.from({ length: streams }, () => new StreamClient(asking))
  for (let at = 0; at < streams; at += 50) {
    await Promise.all(clients.slice(at, at + 50).map((client) => client.ask()))
  }
  if (vendor.open !== streams) throw new Error(`${vendor.open} of ${streams} streams began`)
  const pace = startPace(streams * perSecond)
  await sleep(1_000)
  seen.counting = true
  const [chunks, reads, fromUs] = [seen.chunks, seen.reads, performance.now() * 1_000]
  const before = pids.map((members) => processorUs(members))
  await sleep(seconds * 1_000)
  const after = pids.map((members) => processorUs(members))
  seen.counting = false
  const carried = seen.chunks - chunks
  const memory = memoryMb(memoryOf)
  const tookS = (performance.now() * 1_000 - fromUs) / 1_000_000
  pace.stop()
  vendor.endAll()
  await Promise.all(clients.map((client) => client.ended()))
  for (const client of clients) client.close()
  return {
    processorUs: after.map((us, place) => (us - (before[place] ?? 0)) / Math.max(1, carried)),
    chunksPerSecond: carried / tookS,
    chunksPerRead: carried / Math.max(1, seen.reads - reads),
    p50Us: quantile(seen.delaysUs, 0.5) ?? Number.NaN,
    p99Us: quantile(seen.delaysUs, 0.99) ?? Number.NaN,
    memoryMb: memory.now,
    failures: seen.failures,
  }
}

/** So many chunks a second over all, as evenly as a timer of a millisecond allows. */
function startPace(perSecond: number): { stop(): void } {
  let sent = 0
  const startedAtMs = performance.now()
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) / 1_000) * perSecond)
    vendor.sendNext(due - sent)
    sent = due
  }, 1)
  return { stop: () => clearInterval(timer) }
}

/** One stream after the other on one connection, for the time to the first content. */
async function oneByOne({ seconds }: StreamTurnAsked, asking: Asking): Promise<StreamTurn> {
  const { seen } = asking
  const client = new StreamClient(asking)
  const firstUs: number[] = []
  const untilMs = performance.now() + seconds * 1_000
  while (performance.now() < untilMs && seen.failures === 0) {
    const us = await client.ask()
    firstUs.push(us)
    vendor.endAll()
    await client.ended()
    // What a gateway does after an answer is not the next one's wait.
    await sleep(2)
  }
  client.close()
  return {
    processorUs: [],
    chunksPerSecond: 0,
    chunksPerRead: 0,
    p50Us: quantile(firstUs, 0.5) ?? Number.NaN,
    p99Us: quantile(firstUs, 0.99) ?? Number.NaN,
    memoryMb: 0,
    failures: seen.failures,
  }
}
