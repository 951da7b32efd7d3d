import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { gunzipSync } from 'node:zlib'
import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api'
import { JsonMetricsSerializer, JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { requestId, type TraceContext, type UsageRecord } from '@pointsman/contract'
import { afterEach, expect, test } from 'vitest'
import { createRecordTotals } from '../totals/report.ts'
import { durationBounds, tokenBounds } from '../totals/tables.ts'
import { sampleRecord } from '../testing/index.ts'
import { readOtelConfiguration } from './configuration.ts'
import { createMetricsExporter, createTraceExporter, type ExporterParts } from './exporter.ts'
import { metricsBody } from './metrics-body.ts'
import { tracesBody } from './otlp-json.ts'
import { postByFetch } from './post-by-fetch.ts'
import { spansOf } from './spans-of.ts'
import type { Span } from './span.ts'

const trace: TraceContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  sampled: true,
  state: null,
}
const [answered] = sampleRecord().attempts
if (answered === undefined) throw new Error('the sample has no attempt')
const failed = {
  ...answered,
  endedAfterMs: 20,
  firstContentAfterMs: null,
  status: 429,
  error: {
    code: 'upstream_throttled',
    vendorName: 'ThrottlingException',
    message: 'Too many requests',
  } as const,
}
/** A stream that a second call answered. */
const streamed = (changes: Partial<UsageRecord> = {}): UsageRecord =>
  sampleRecord({
    ...{ trace, operation: 'chat-stream', stream: true },
    attempts: [failed, { ...answered, startedAtMs: answered.startedAtMs + 30.5 }],
    ...changes,
  })

const scope = { name: 'pointsman', version: '0.1.0' }
const resource = { 'service.name': 'pointsman' }

test('a record is a span of the request, one of each call, and one of what was streamed', () => {
  const spans = spansOf(streamed(), null)
  expect(spans.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'server chat agent/sql_agent',
    'client chat eu.amazon.nova-pro-v1:0',
    'client chat eu.amazon.nova-pro-v1:0',
    'internal stream eu.amazon.nova-pro-v1:0',
  ])
  const [request, first, second, stream] = spans
  expect(request).toMatchObject({ spanId: trace.spanId, parentSpanId: trace.parentSpanId, error: null })
  expect([first?.parentSpanId, second?.parentSpanId]).toEqual([trace.spanId, trace.spanId])
  expect(stream?.parentSpanId).toBe(second?.spanId)
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(4)
  expect(first).toMatchObject({
    error: 'Too many requests',
    attributes: { 'error.type': 'upstream_throttled', 'gen_ai.provider.name': 'aws.bedrock' },
  })
  expect(first?.attributes).not.toHaveProperty('gen_ai.usage.input_tokens')
  expect(second?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'aws.bedrock',
    'gen_ai.request.model': 'eu.amazon.nova-pro-v1:0',
    'gen_ai.response.model': 'eu.amazon.nova-pro-v1:0',
    'gen_ai.request.stream': true,
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 50,
    'gen_ai.response.time_to_first_chunk': 0.9,
    'gen_ai.agent.name': 'sql_agent',
  })
})

test('traces that are not kept have no spans', () => {
  expect(spansOf(streamed({ trace: { ...trace, sampled: false } }), null)).toEqual([])
  expect(spansOf(sampleRecord(), null)).toEqual([])
})

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT }
const hrTime = (atMs: number): HrTime => [
  Math.floor(atMs / 1_000),
  Math.round((atMs - Math.floor(atMs / 1_000) * 1_000) * 1e6),
]

/** The same span as OpenTelemetry's own SDK holds it. */
function readable(span: Span, ofResource: ReadableSpan['resource']): ReadableSpan {
  const { traceId } = span
  return {
    name: span.name,
    kind: kinds[span.kind],
    spanContext: () => ({ traceId, spanId: span.spanId, traceFlags: TraceFlags.SAMPLED }),
    ...(span.parentSpanId === null
      ? {}
      : {
          parentSpanContext: {
            ...{ traceId, spanId: span.parentSpanId, traceFlags: TraceFlags.SAMPLED },
            isRemote: span.kind === 'server',
          },
        }),
    startTime: hrTime(span.startedAtMs),
    endTime: hrTime(span.endedAtMs),
    duration: hrTime(span.endedAtMs - span.startedAtMs),
    status:
      span.error === null
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: span.error },
    attributes: { ...span.attributes },
    ...{ links: [], events: [], ended: true, resource: ofResource, instrumentationScope: scope },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const decoder = new TextDecoder()

test("OpenTelemetry's in-memory exporter takes the spans, and its own writer writes them as we do", () => {
  const exporter = new InMemorySpanExporter()
  const ofResource = resourceFromAttributes(resource)
  const spans = spansOf(
    streamed({ outcome: 'failed', status: 502, error: { code: 'upstream_error', message: 'x' } }),
    null,
  )
  exporter.export(
    spans.map((span) => readable(span, ofResource)),
    () => undefined,
  )
  const theirs = JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans())
  expect(plain(tracesBody(spans, resource, scope))).toEqual(JSON.parse(decoder.decode(theirs)))
})

test("metrics are written as OpenTelemetry's own SDK writes what it counted itself", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 1e6,
    exportTimeoutMillis: 1e5,
  })
  const view = (instrumentName: string, boundaries: number[]) => ({
    ...{
      instrumentName,
      aggregation: {
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: { boundaries, recordMinMax: false },
      },
    },
  })
  const provider = new MeterProvider({
    resource: resourceFromAttributes(resource),
    readers: [reader],
    views: [
      view('gen_ai.client.operation.duration', durationBounds),
      view('gen_ai.client.token.usage', tokenBounds),
    ],
  })
  const meter = provider.getMeter(scope.name, scope.version)
  const duration = meter.createHistogram('gen_ai.client.operation.duration', {
    ...{ unit: 's', description: 'GenAI operation duration.' },
  })
  const usage = meter.createHistogram('gen_ai.client.token.usage', {
    ...{ unit: '{token}', description: 'Number of input and output tokens used.' },
  })
  const totals = createRecordTotals()
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'aws.bedrock',
    'gen_ai.request.model': 'eu.amazon.nova-pro-v1:0',
    'gen_ai.response.model': 'eu.amazon.nova-pro-v1:0',
    'gen_ai.agent.name': 'sql_agent',
  }
  for (const durationMs of [10, 10.5, 700, 90_000, 400_000]) {
    totals.take(sampleRecord({ durationMs }))
    totals.take(streamed({ durationMs }))
    for (let twice = 0; twice < 2; twice++) {
      duration.record(durationMs / 1_000, attributes)
      usage.record(100, { ...attributes, 'gen_ai.token.type': 'input' })
      usage.record(50, { ...attributes, 'gen_ai.token.type': 'output' })
    }
  }
  await reader.forceFlush()
  const [theirs] = exporter.getMetrics()
  if (theirs === undefined) throw new Error('nothing was exported')
  const named = (body: unknown) =>
    (body as { resourceMetrics: { scopeMetrics: { metrics: { name: string }[] }[] }[] }).resourceMetrics
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics)
      .filter(
        ({ name }) => name === 'gen_ai.client.operation.duration' || name === 'gen_ai.client.token.usage',
      )
  const ours = metricsBody(totals.report({ pointsman_ready: 1 }), {
    resource,
    scope,
    startedAtMs: 1,
    nowMs: 2,
  })
  const wanted: unknown = JSON.parse(decoder.decode(JsonMetricsSerializer.serializeRequest(theirs)))
  expect(named(wanted)).toHaveLength(2)
  expect(untimed(named(plain(ours)))).toEqual(untimed(named(wanted)))
  await provider.shutdown()
})

/** Without what differs by nature: instants, and the last bit of sums in another order. */
const untimed = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, part: unknown) => {
      if (key.endsWith('TimeUnixNano') || key === 'timeUnixNano') return undefined
      return key === 'sum' && typeof part === 'number' ? Number(part.toFixed(6)) : part
    }),
  )

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** An OTLP receiver. */
async function receiver(answer: { status: number; body?: string } = { status: 200, body: '{}' }) {
  const bodies: {
    readonly path: string | undefined
    readonly headers: IncomingMessage['headers']
    readonly body: unknown
  }[] = []
  const state = { ...answer, hangs: false }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (state.hangs) return
      const all = Buffer.concat(chunks)
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(all) : all
      bodies.push({ path: request.url, headers: request.headers, body: JSON.parse(text.toString()) })
      response.writeHead(state.status, { 'content-type': 'application/json' }).end(state.body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, bodies, state }
}

const said: string[] = []
function exporterParts(variables: { readonly [name: string]: string }): ExporterParts {
  said.length = 0
  return {
    configuration: readOtelConfiguration((name) => variables[name] ?? null),
    ...{ post: postByFetch, instance: 'replica-1', version: '0.1.0', chance: () => 0 },
    clock: {
      nowMs: () => Date.now(),
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs)
        return () => clearTimeout(timer)
      },
    },
    log: (_level, event) => void said.push(event),
  }
}

function traceExporter(variables: { readonly [name: string]: string }) {
  const parts = exporterParts(variables)
  if (parts.configuration.traces === null) throw new Error('no traces')
  return createTraceExporter(parts, parts.configuration.traces)
}

interface Received {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly attributes: readonly { readonly key: string; readonly value: object }[]
      }[]
    }[]
  }[]
}
const spansIn = (bodies: readonly { readonly body: unknown }[]) =>
  bodies.flatMap(({ body }) =>
    (body as Received).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  )

test('spans arrive in batches, packed, with the headers of the variables', async () => {
  const { bodies, url } = await receiver()
  const exporter = traceExporter({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
  })
  for (let index = 0; index < 12; index++) exporter.take(streamed({ requestId: requestId(`r-${index}`) }))
  expect(await exporter.close(5_000)).toMatchObject({ waiting: 0, lost: 0 })
  expect(spansIn(bodies)).toHaveLength(48)
  expect(bodies[0]).toMatchObject({
    path: '/v1/traces',
    headers: { 'api-key': 'a b', 'content-encoding': 'gzip' },
  })
})

test('text stands on spans only where it is allowed', async () => {
  const { bodies, url } = await receiver()
  const record = streamed()
  const exchange = {
    ...{ requestId: record.requestId, workspace: record.workspace, conversationId: null, userId: null },
    ...{ useCase: null, modelId: record.modelId, createdAtMs: 0, truncated: false },
    ...{ prompt: 'What is secret?', answer: 'This.' },
  }
  for (const allowed of ['false', 'true']) {
    const exporter = traceExporter({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: allowed,
    })
    exporter.take(record)
    exporter.captured(exchange)
    await exporter.close(5_000)
  }
  const [without, withText] = bodies
  expect(JSON.stringify(without)).not.toContain('secret')
  const attribute = spansIn(withText === undefined ? [] : [withText])
    .flatMap(({ attributes }) => attributes)
    .find(({ key }) => key === 'gen_ai.input.messages')
  expect(attribute?.value).toEqual({
    stringValue: JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'What is secret?' }] }]),
  })
})

test('a receiver that is not well is tried again; one that refuses or hangs loses spans, counted', async () => {
  const { bodies, state, url } = await receiver({ status: 503 })
  const exporter = traceExporter({ OTEL_EXPORTER_OTLP_ENDPOINT: url })
  exporter.take(streamed())
  expect(await exporter.flush(200)).toMatchObject({ sent: 0, lost: 0, waiting: 4 })
  state.status = 200
  expect(await exporter.flush(5_000)).toMatchObject({ sent: 4, waiting: 0 })
  expect(bodies.length).toBeGreaterThan(1)
  state.status = 400
  exporter.take(streamed())
  expect(await exporter.flush(5_000)).toMatchObject({ sent: 0, lost: 4, waiting: 0 })
  state.hangs = true
  exporter.take(streamed())
  expect(await exporter.close(100)).toMatchObject({ lost: 4, waiting: 0 })
  expect(exporter.lost()).toBe(8)
  expect(said).toContain('metrics_lost')
})

test('closing ends what is under way: a receiver that hangs keeps no process alive', async () => {
  const { state, url } = await receiver()
  state.hangs = true
  const ended: string[] = []
  const parts: ExporterParts = {
    ...exporterParts({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRIC_EXPORT_INTERVAL: '10' }),
    post: (target, body, signal) =>
      postByFetch(target, body, signal).finally(() => ended.push(new URL(target.url).pathname)),
  }
  const { metrics, traces } = parts.configuration
  if (metrics === null || traces === null) throw new Error('nothing is exported')
  const traceExporter = createTraceExporter(parts, traces)
  const metricsExporter = createMetricsExporter(parts, metrics, () => createRecordTotals().report({}))
  traceExporter.take(streamed())
  await new Promise((resolve) => setTimeout(resolve, 50))
  await Promise.all([traceExporter.close(50), metricsExporter.close(50)])
  await expect.poll(() => ended.sort()).toEqual(['/v1/metrics', '/v1/metrics', '/v1/traces'])
})

test('metrics are pushed at each interval and at the end, everything since the start', async () => {
  const { bodies, url } = await receiver()
  const parts = exporterParts({
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/here`,
    OTEL_METRIC_EXPORT_INTERVAL: '20',
  })
  const target = parts.configuration.metrics
  if (target === null) throw new Error('no metrics')
  expect(parts.configuration.traces).toBeNull()
  const totals = createRecordTotals()
  totals.take(sampleRecord())
  const exporter = createMetricsExporter(parts, target, () => totals.report({}))
  await expect.poll(() => bodies.length).toBeGreaterThan(1)
  const before = bodies.length
  await exporter.flush(5_000)
  expect(bodies.length).toBeGreaterThan(before)
  totals.take(sampleRecord())
  await exporter.close(5_000)
  expect(bodies.at(-1)?.path).toBe('/here')
  expect(JSON.stringify(bodies.at(-1)?.body)).toContain('"name":"pointsman.model.invocations"')
  expect(JSON.stringify(bodies.at(-1)?.body)).toContain('"asDouble":2}')
})
