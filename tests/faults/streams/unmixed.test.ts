import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../../server.ts'
import { reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { faces, type FaceName } from '../history/faces.ts'
import { startStreamRig, type StreamRig } from './rig.ts'

const primary = 'eu.amazon.nova-lite-v1:0'
const fallback = 'gpt-4.1'
const pieces = 12

let rig: StreamRig
beforeAll(async () => {
  rig = await startStreamRig()
  const order = { candidates: [{ modelId: primary, weight: 1 }], target: primary, fallbacks: [fallback] }
  const { status } = await api(rig.server, '/api/v1/agents/unmixed', { method: 'PUT', body: order })
  expect(status).toBe(201)
  const answer = (text: string) => ({ answer: { text, pieces } })
  rig.vendor.simulator.script({ match: { model: primary }, effect: answer(textOf('first')) })
  rig.vendor.simulator.script({ match: { model: fallback }, effect: answer(textOf('second')) })
}, 180_000)
afterAll(() => rig.close())

/** No word of one stands in the other, and none stands twice. */
const textOf = (model: string): string =>
  Array.from({ length: 40 }, (_, place) => `${model}-${place} grüße 👩‍👩‍👧`).join(' ')

interface Got {
  readonly model: string | null
  readonly text: string
  readonly complete: boolean
  readonly errors: number
  readonly starts: number
}

async function ask(name: FaceName): Promise<Got> {
  const face = faces[name]
  const response = await fetch(`${rig.server.url}${face.path('agent/unmixed', true)}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${rig.server.key}`,
      'content-type': 'application/json',
      ...face.headers,
    },
    body: JSON.stringify(face.body('agent/unmixed', 'Tell me.', true)),
  })
  expect(response.status).toBe(200)
  const { text, complete, errors, starts } = face.readStream(new Uint8Array(await response.arrayBuffer()))
  const model = response.headers.get('x-pointsman-model')
  return { model, text, complete, errors: errors.length, starts: starts ?? 1 }
}

/** One start, one end, and every character of the one model that the head names. */
function judge(got: Got, wasCut: boolean): 'whole' | 'broken' | 'fallback' {
  expect(got.starts).toBe(1)
  if (got.model === fallback) {
    expect(got).toMatchObject({ text: textOf('second'), complete: true, errors: 0 })
    return 'fallback'
  }
  expect(got.model).toBe(primary)
  expect(textOf('first').startsWith(got.text), got.text).toBe(true)
  if (got.complete) {
    expect(got).toMatchObject({ text: textOf('first'), errors: 0 })
    return 'whole'
  }
  expect(wasCut).toBe(true)
  expect(got.errors).toBe(1)
  expect(got.text).not.toBe('')
  return 'broken'
}

test('T13: an answer comes from one model, wherever its upstream dies', { timeout: 1_800_000 }, async () => {
  const { chaos } = rig
  const faceNames = Object.keys(faces) as FaceName[]
  const counts = { whole: 0, broken: 0, fallback: 0 }
  const step = short(700, 61)
  for (const [at, face] of faceNames.entries()) {
    expect(judge(await ask(face), false)).toBe('whole')
    const [before] = chaos.connections().slice(-1)
    const bytes = short(4_200, 6_000)
    expect(before?.downBytes ?? 0).toBeGreaterThan(0)
    // Not the same places for each face: together they are a finer comb.
    for (let cut = (at * step) / faceNames.length; cut < bytes; cut += step) {
      for (const toxic of ['cutAfterBytes', 'resetAfterBytes'] as const) {
        chaos.endAll('cut')
        chaos.set('down', { [toxic]: Math.floor(cut) })
        counts[judge(await ask(face), true)]++
      }
    }
    chaos.clear()
    chaos.endAll('cut')
  }
  expect(counts.fallback).toBeGreaterThan(0)
  expect(counts.broken).toBeGreaterThan(counts.whole)
  reportFigure(
    'T13',
    `${counts.broken + counts.fallback + counts.whole} upstreams died at some byte: ${counts.fallback} before the first content (the fallback answered whole), ${counts.broken} in an answer (told as broken, 0 characters of another model), ${counts.whole} after its end`,
  )
})
