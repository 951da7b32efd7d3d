import { readdirSync, readFileSync } from 'node:fs'
import type { DialectName } from '@pointsman/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDataPlane, type DataPlane } from './data-plane.ts'
import { judge } from './judge.ts'
import { encodeEvent, type SampleEvent } from './samples.ts'
import { vendorTransport, type VendorAnswer } from './vendor.ts'

/*
 * Every request that once broke a rule, with the answer of the vendor where that had a part in it. A file holds its body
 * as JSON, or in `base64` where no JSON text could be.
 */
interface Kept {
  readonly what: string
  readonly face: DialectName
  readonly path: string
  readonly headers: readonly string[]
  readonly body?: unknown
  readonly base64?: string
  readonly vendor?: {
    readonly status: number
    readonly contentType: string
    readonly body?: unknown
    readonly events?: readonly SampleEvent[]
  }
  readonly status: number
}

const folder = new URL('corpus/', import.meta.url)
const corpus = readdirSync(folder).map((name) => {
  const kept = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Kept
  return [name, kept] as const
})

const encodeJson = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

let vendor: Kept['vendor']
function answer(): VendorAnswer {
  if (vendor === undefined) throw new Error('no vendor was to be called')
  const { body, contentType, events, status } = vendor
  const pieces = events === undefined ? [encodeJson(body)] : events.map((event) => encodeEvent(event))
  return { status, headers: { 'content-type': contentType }, pieces, breaks: false }
}

let plane: DataPlane
beforeAll(async () => {
  plane = await startDataPlane(vendorTransport(0, answer), 'http://127.0.0.1:9')
})
afterAll(() => plane.close())

test.each(corpus)('%s', async (_name, kept) => {
  vendor = kept.vendor
  const body = kept.base64 === undefined ? encodeJson(kept.body) : Buffer.from(kept.base64, 'base64')
  const answered = await plane.ask(kept.path, kept.headers, body)
  expect(judge(kept, answered, plane.dialects), kept.what).toBeNull()
  expect(answered.status).toBe(kept.status)
})
