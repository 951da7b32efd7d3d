import { requestId, type CapturedExchange, type UsageRecord } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { sampleRecord } from '../testing/index.ts'
import { readOtelConfiguration } from './configuration.ts'
import { createTraceExporter } from './exporter.ts'

const [attempt] = sampleRecord().attempts
if (attempt === undefined) throw new Error('the sample has no attempt')
const record = (id: string, calls = 1): UsageRecord =>
  sampleRecord({
    ...{ requestId: requestId(id), operation: 'chat-stream', stream: true },
    trace: {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      ...{ spanId: 'b7ad6b7169203331', parentSpanId: null, sampled: true, state: null },
    },
    attempts: Array.from({ length: calls }, () => attempt),
  })
const exchangeOf = ({ modelId, requestId, workspace }: UsageRecord, text: string): CapturedExchange => ({
  ...{ requestId, workspace, conversationId: null, userId: null, useCase: null, modelId },
  ...{ createdAtMs: 0, truncated: false, prompt: text, answer: text },
})
const withText = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' }

/** An exporter, and what a receiver that is well was told. */
function exporting(variables: { readonly [name: string]: string }) {
  const bodies: string[] = []
  const all = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', ...variables }
  const configuration = readOtelConfiguration((name) => new Map(Object.entries(all)).get(name) ?? null)
  if (configuration.traces === null) throw new Error('no traces')
  const exporter = createTraceExporter(
    {
      ...{ configuration, instance: 'replica-1', version: '0.1.0', chance: () => 0, log: () => undefined },
      post: (_target, body) => {
        bodies.push(body)
        return Promise.resolve()
      },
      clock: {
        nowMs: () => Date.now(),
        after: (delayMs, callback) => {
          const timer = setTimeout(callback, delayMs)
          return () => clearTimeout(timer)
        },
      },
    },
    configuration.traces,
  )
  const spans = (): number => bodies.reduce((sum, body) => sum + body.split('"spanId"').length - 1, 0)
  return { exporter, spans, bodies }
}

test('records of several calls are not lost to a receiver that is well', async () => {
  const { exporter, spans } = exporting({})
  for (let index = 0; index < 1_024; index++) exporter.take(record(`r-${index}`, 2))
  await exporter.close(5_000)
  expect(exporter.lost()).toBe(0)
  expect(spans()).toBe(5 * 1_024)
})

test('a queue that is smaller than a batch loses nothing to a receiver that is well', async () => {
  const { exporter, spans } = exporting({ OTEL_BSP_MAX_QUEUE_SIZE: '5' })
  for (let index = 0; index < 10; index++) {
    exporter.take(record(`r-${index}`))
    await new Promise(setImmediate)
  }
  await exporter.close(5_000)
  expect(spans()).toBe(30)
})

test('a body with text is no larger than receivers take', async () => {
  const { exporter, spans, bodies } = exporting(withText)
  for (let index = 0; index < 100; index++) {
    const one = record(`r-${index}`)
    exporter.take(one)
    exporter.captured(exchangeOf(one, '"€\n'.repeat(13_107)))
  }
  await exporter.close(5_000)
  expect(spans()).toBe(300)
  expect(Math.max(...bodies.map((text) => Buffer.byteLength(text)))).toBeLessThan(4_194_304)
})

test('spans wait for their text, which comes after the answer, and go without where none comes', async () => {
  const { exporter, spans, bodies } = exporting({
    ...{ ...withText, OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '3', OTEL_BSP_SCHEDULE_DELAY: '30' },
  })
  const [asked, silent] = [record('r-asked'), record('r-silent')]
  exporter.take(silent)
  exporter.take(asked)
  expect(bodies).toEqual([])
  exporter.captured(exchangeOf(asked, 'What is secret?'))
  expect(bodies.join()).toContain('secret')
  expect(spans()).toBe(3)
  await expect.poll(() => spans()).toBe(6)
  await exporter.close(5_000)
  expect(spans()).toBe(6)
})
