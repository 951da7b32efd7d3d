import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'

/** One datum as it came in. */
export interface ReceivedDatum {
  readonly MetricName: string
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[]
  readonly Timestamp: Date
  readonly Unit: string
  readonly Values: readonly number[]
  readonly Counts: readonly number[]
}

/** How it answers: as the service does, not at all, or with an error. */
export type Mood = 'well' | 'hangs' | 'throttles' | 'refuses'

/** CloudWatch's PutMetricData as AWS's own SDK speaks to it, with the limits that the service documents. */
export interface CloudWatchStandIn {
  readonly url: string
  readonly received: readonly ReceivedDatum[]
  /** What broke a limit; the caller was answered with the service's error. */
  readonly problems: readonly string[]
  readonly calls: () => number
  setMood(mood: Mood): void
  /** Σ value × count of a metric, where its dimensions have these values. */
  sum(metric: string, dimensions?: { readonly [name: string]: string }): number
  close(): Promise<void>
}

const twoWeeksMs = 14 * 86_400_000

export async function createCloudWatchStandIn(): Promise<CloudWatchStandIn> {
  const received: ReceivedDatum[] = []
  const problems: string[] = []
  let mood: Mood = 'well'
  let calls = 0
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      calls += 1
      if (mood === 'hangs') return
      if (mood === 'throttles') return fail(response, 400, 'ThrottlingException', 'Rate exceeded')
      if (mood === 'refuses') return fail(response, 400, 'InvalidParameterValueException', 'It is not liked.')
      const given = decode(request, body)
      const problem = problemOf(given, body.length)
      if (problem !== null) {
        problems.push(problem)
        return fail(response, 400, 'InvalidParameterValueException', problem)
      }
      received.push(...given.MetricData)
      answer(response, 200, {})
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    problems,
    calls: () => calls,
    setMood: (next) => {
      mood = next
    },
    sum: (metric, dimensions = {}) => sumOf(received, metric, dimensions),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Given {
  readonly Namespace: string
  readonly MetricData: readonly ReceivedDatum[]
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
}

function decode(request: IncomingMessage, body: Buffer): Given {
  const target = String(request.headers['x-amz-target'])
  if (!target.endsWith('.PutMetricData')) throw new Error(`unexpected target ${target}`)
  const given = JSON.parse(body.toString('utf8')) as Given
  return {
    Namespace: given.Namespace,
    MetricData: given.MetricData.map((datum) => ({
      ...datum,
      // Seconds since 1970.
      Timestamp: new Date(Number(datum.Timestamp) * 1_000),
    })),
  }
}

const answer = (response: ServerResponse, status: number, value: object): void => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
  response.end(JSON.stringify(value))
}

const fail = (response: ServerResponse, status: number, name: string, message: string): void =>
  answer(response, status, { __type: `com.amazonaws.cloudwatch#${name}`, message })

/** The limits of PutMetricData, MetricDatum and Dimension in the service's API reference (read 2026-11). */
function problemOf({ MetricData, Namespace }: Given, bytes: number): string | null {
  if (bytes > 1_048_576) return `a body of ${bytes} bytes`
  if (!/^[^:].{0,254}$/.test(Namespace) || /^AWS\//i.test(Namespace)) return `namespace ${Namespace}`
  if (MetricData.length === 0 || MetricData.length > 1_000) return `${MetricData.length} metrics in one call`
  for (const datum of MetricData) {
    const problem = problemOfDatum(datum)
    if (problem !== null) return `${datum.MetricName}: ${problem}`
  }
  return null
}

const units = new Set(['Milliseconds', 'Seconds', 'Count', 'None'])

function problemOfDatum(datum: ReceivedDatum): string | null {
  const { Counts, Dimensions, MetricName, Timestamp, Unit, Values } = datum
  const nowMs = Date.now()
  if (MetricName === '' || MetricName.length > 255) return 'name'
  if (!units.has(Unit)) return `unit ${Unit}`
  if (Dimensions.length > 30) return `${Dimensions.length} dimensions`
  if (Dimensions.some(({ Name, Value }) => !isDimension(Name, 255) || !isDimension(Value, 1_024)))
    return `dimensions ${JSON.stringify(Dimensions)}`
  if (new Set(Dimensions.map(({ Name }) => Name)).size !== Dimensions.length) return 'a dimension twice'
  if (Values.length === 0 || Values.length > 150) return `${Values.length} values`
  if (Counts.length !== Values.length) return `${Counts.length} counts of ${Values.length} values`
  if (Counts.some((count) => !(count > 0))) return 'a count of nothing'
  if (Values.some((value) => !Number.isFinite(value) || Math.abs(value) > 2 ** 360)) return 'a value'
  const ageMs = nowMs - Timestamp.getTime()
  return ageMs < twoWeeksMs && ageMs > -2 * 3_600_000 ? null : `time ${String(Timestamp)}`
}

const isDimension = (text: string, longest: number): boolean =>
  text.length <= longest && /^[\x20-\x7e]+$/.test(text) && text.trim() !== '' && !text.startsWith(':')

function sumOf(
  received: readonly ReceivedDatum[],
  metric: string,
  dimensions: { readonly [name: string]: string },
): number {
  let sum = 0
  for (const { Counts, Dimensions, MetricName, Values } of received) {
    const has = Object.entries(dimensions).every(([name, value]) =>
      Dimensions.some((one) => one.Name === name && one.Value === value),
    )
    if (MetricName !== metric || !has) continue
    for (const [index, value] of Values.entries()) sum += value * (Counts[index] ?? 0)
  }
  return sum
}
