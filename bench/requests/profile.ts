/**
 * Where a request's processor time goes: `node bench/requests/profile.ts [--converse] [--bytes 500] [--seconds 10] [--connections 32] [--keep FOLDER]`.
 * Starts Pointsman with `--cpu-prof`, asks, and prints what its data plane spent by function and by module, of all time
 * that it was not idle.
 */
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { removeFolder } from '../../tests/server.ts'
import { pointsman } from '../side-by-side/pointsman.ts'
import { startUpstream } from '../side-by-side/upstream.ts'
import { measureTurn } from './measure-turn.ts'

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  /** Microseconds of the system's monotonic clock, which all processes share. */
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const { values } = parseArgs({
  options: {
    converse: { type: 'boolean', default: false },
    bytes: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '32' },
    keep: { type: 'string' },
  },
})

const folder = values.keep ?? (await mkdtemp(join(tmpdir(), 'pointsman-bench-profile-')))
const upstream = await startUpstream()
const contestant = await pointsman({
  ...{ name: 'Pointsman', upstreamUrl: upstream.url, durability: 'write' },
  nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=200'],
})
const model = values.converse ? contestant.converseModel : contestant.model
const asking = {
  model,
  bytes: Number(values.bytes),
  seconds: Number(values.seconds),
  alone: false,
  connections: Number(values.connections),
}
// Until the compiler has seen it; only what comes then is counted.
await measureTurn(contestant, { ...asking, seconds: 12 })
const monotonicUs = (): number => Number(process.hrtime.bigint() / 1_000n)
const begunUs = monotonicUs()
const turn = await measureTurn(contestant, asking)
const endedUs = monotonicUs()
const [dataPid] = contestant.parts[0]?.pids ?? []
await contestant.stop()
await upstream.stop()
process.stdout.write(
  `${Math.round(turn.perSecond)} requests/s, ${turn.processorUs.map((us) => us.toFixed(0)).join(' + ')} µs a request while profiled\n`,
)
if (turn.failures > 0)
  process.stdout.write(`${turn.failures} requests failed: this is no profile of answers\n`)
for (const name of await readdir(folder)) {
  if (!name.split('.').includes(String(dataPid))) continue
  print(JSON.parse(await readFile(join(folder, name), 'utf8')) as Profile)
}
if (values.keep === undefined) await removeFolder(folder)

function print({ nodes, samples, startTime, timeDeltas }: Profile): void {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const byFunction = new Map<string, number>()
  const byModule = new Map<string, number>()
  let busyUs = 0
  let atUs = startTime
  for (const [index, sample] of samples.entries()) {
    const node = byId.get(sample)
    const us = timeDeltas[index] ?? 0
    atUs += us
    if (atUs < begunUs || atUs > endedUs) continue
    if (node === undefined || node.callFrame.functionName === '(idle)') continue
    busyUs += us
    const { functionName, url } = node.callFrame
    const place = placeOf(url)
    const name = nameOf(node)
    byFunction.set(name, (byFunction.get(name) ?? 0) + us)
    const room =
      place === ''
        ? functionName
        : place
            .split('/')
            .slice(0, place.startsWith('node:') ? 1 : 4)
            .join('/')
    byModule.set(room, (byModule.get(room) ?? 0) + us)
  }
  const parents = new Map(
    nodes.flatMap(({ children = [], id }) => children.map((child) => [child, id] as const)),
  )
  const withCallees = inclusive({ byId, parents }, { nodes, samples, startTime, timeDeltas })
  for (const [title, table, count] of [
    ['By module', byModule, 45],
    ['By function', byFunction, 70],
    ['By function, with all that it calls', withCallees, 110],
  ] as const) {
    process.stdout.write(`\n${title}\n`)
    for (const [name, us] of [...table].sort(([, one], [, other]) => other - one).slice(0, count))
      process.stdout.write(`${((us / busyUs) * 100).toFixed(1).padStart(6)} %  ${name}\n`)
  }
}

type Node = Profile['nodes'][number]

function placeOf(url: string): string {
  return url.replace(/^.*\/(packages|node_modules)\//, '')
}

function nameOf({ callFrame: { functionName, lineNumber, url } }: Node): string {
  const place = placeOf(url)
  return `${functionName || '(anonymous)'} ${place}${place === '' ? '' : `:${lineNumber + 1}`}`
}

interface Tree {
  readonly byId: ReadonlyMap<number, Node>
  readonly parents: ReadonlyMap<number, number>
}

/** A function counts once for each sample, however often it stands in its stack. */
function inclusive(
  { byId, parents }: Tree,
  { samples, startTime, timeDeltas }: Profile,
): Map<string, number> {
  const total = new Map<string, number>()
  let atUs = startTime
  for (const [index, sample] of samples.entries()) {
    const us = timeDeltas[index] ?? 0
    atUs += us
    if (atUs < begunUs || atUs > endedUs) continue
    const seen = new Set<string>()
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const node = byId.get(id)
      if (node !== undefined) seen.add(nameOf(node))
    }
    for (const name of seen) total.set(name, (total.get(name) ?? 0) + us)
  }
  return total
}
