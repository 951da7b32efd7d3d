import { createHttp1Transport } from '@pointsman/engine/http1'
import { startSimulator, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chatModels, embeddingModels, plainRequest } from './bodies.ts'
import { catalogue, startDataPlane, type Answered, type DataPlane } from './data-plane.ts'
import { judge, passes } from './judge.ts'
import { sampleRequests, type SampleRequest } from './samples.ts'

/*
 * Every good body of every face for every kind of model, before vendors that check what they get. What a face reads and
 * the translation carries over the vendor must take: its 400 would be a fault of the translation, or of a refusal that is
 * missing here.
 */
let simulator: Simulator
let plane: DataPlane
beforeAll(async () => {
  simulator = await startSimulator({ models: catalogue, latency: { firstTokenMs: 0, perTokenMs: 0 } })
  plane = await startDataPlane(createHttp1Transport(), simulator.url)
})
afterAll(async () => {
  await plane.close()
  await simulator.close()
})

/** The samples' signatures are nobody's: a vendor that reads them says so. */
const unsigned = /Invalid `(?:signature|data)`|could not be verified|Corrupted thought signature/

/** The vendor's own words go to the caller alone: the record does not hold them. */
function problemOf({ face }: SampleRequest, { body, records, status }: Answered): string | null {
  const [record] = records
  if (status !== 400 || record?.error?.code !== 'upstream_rejected') return null
  const provider = record.attempts[0]?.provider
  const told = new TextDecoder().decode(body)
  return passes(face, provider) || unsigned.test(told) ? null : `${provider ?? ''}: ${told}`
}

const faces = [...new Set(sampleRequests.map((sample) => sample.face))]

describe.each(faces)('%s', (face) => {
  const samples = sampleRequests.filter((sample) => sample.face === face)
  test('is refused here or taken there', { timeout: 120_000 }, async () => {
    const problems: string[] = []
    let served = 0
    for (const sample of samples) {
      for (const model of sample.operation === 'embed' ? embeddingModels : chatModels) {
        const { body, path } = plainRequest(sample, model)
        const answered = await plane.ask(path, [], body)
        if (answered.status === 200) served += 1
        const problem = judge({ face, path }, answered, plane.dialects) ?? problemOf(sample, answered)
        if (problem !== null)
          problems.push(`POST ${path} ${model}: ${problem}\n${Buffer.from(body).toString()}`)
      }
    }
    expect(problems).toEqual([])
    expect(served).toBeGreaterThan(0)
  })
})
