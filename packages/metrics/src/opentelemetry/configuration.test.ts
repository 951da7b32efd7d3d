import { expect, test } from 'vitest'
import { readOtelConfiguration } from './configuration.ts'
import { createTracer } from './tracer.ts'

const read = (variables: { readonly [name: string]: string }) =>
  readOtelConfiguration((name) => variables[name] ?? null)

test('nothing is sent unless somebody says where to', () => {
  expect(read({})).toMatchObject({ traces: null, metrics: null, resource: { 'service.name': 'pointsman' } })
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' })).toMatchObject({
    traces: null,
    metrics: null,
  })
})

test('the common address gets the path of the signal, a signal has its own word', () => {
  const both = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://metrics.example/v9?key=1',
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '500',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,team=a%2Cb',
    OTEL_SERVICE_NAME: 'gateway',
  })
  expect(both.traces).toMatchObject({ url: 'http://collector:4318/v1/traces', timeoutMs: 10_000 })
  expect(both.metrics).toMatchObject({ url: 'https://metrics.example/v9?key=1', timeoutMs: 500 })
  expect(both.resource).toEqual({
    'deployment.environment.name': 'prod',
    team: 'a,b',
    'service.name': 'gateway',
  })
  expect(read({ OTEL_TRACES_EXPORTER: 'otlp' })).toMatchObject({
    traces: { url: 'http://localhost:4318/v1/traces' },
    metrics: null,
  })
})

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'secret'],
  ['OTEL_EXPORTER_OTLP_COMPRESSION', 'br'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '0'],
  ['OTEL_TRACES_EXPORTER', 'zipkin'],
  ['OTEL_TRACES_SAMPLER', 'sometimes'],
  ['OTEL_TRACES_SAMPLER_ARG', '7'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', 'x'],
  ['OTEL_BSP_SCHEDULE_DELAY', '2147483648'],
  ['OTEL_METRIC_EXPORT_INTERVAL', '1e12'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '2147483648'],
])('%s=%s is refused by its name', (name, text) => {
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', [name]: text }
  expect(() => read(variables)).toThrow(name)
  if (name.endsWith('HEADERS')) expect(() => read(variables)).not.toThrow(text)
})

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
const tracer = (sampler: string, ratio = '1') =>
  createTracer(read({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio }), (characters) =>
    'a'.repeat(characters),
  )

test('a caller’s trace is gone on with, and its word on keeping it holds', () => {
  expect(tracer('parentbased_always_on')(parent, 'vendor=1')).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'a'.repeat(16),
    parentSpanId: 'b7ad6b7169203331',
    sampled: false,
    state: 'vendor=1',
  })
  expect(tracer('always_on')(parent, undefined)).toMatchObject({ sampled: true, state: null })
  expect(tracer('parentbased_always_on')('nonsense', 'vendor=1')).toEqual({
    ...{ traceId: 'a'.repeat(32), spanId: 'a'.repeat(16), parentSpanId: null, sampled: true, state: null },
  })
})

test('a ratio keeps its share, and the same traces wherever it is asked', () => {
  expect(tracer('traceidratio', '0.7')(undefined, undefined).sampled).toBe(true)
  expect(tracer('traceidratio', '0.6')(undefined, undefined).sampled).toBe(false)
})
