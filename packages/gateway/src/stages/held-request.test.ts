import { expect, test } from 'vitest'
import { HeldRequest } from './held-request.ts'

const scanned = {
  model: 'one',
  stream: true,
  needs: {
    ...{ tools: false, images: false, documents: false, streaming: true, jsonSchema: false },
    ...{ reasoning: false, inputTokensEstimate: 3 },
  },
  bytes: new Uint8Array([1, 2]),
  json: { model: 'one' },
  whole: () => ({ model: 'one' }),
  modelSpan: { start: 0, end: 1 },
  marked: false,
}

test('a request is itself until it is let go of; then what routing read stays, and its body is gone', () => {
  const held = new HeldRequest(scanned)
  const { bytes, json, whole, ...rest } = scanned
  expect([held.bytes, held.json, held.whole()]).toEqual([bytes, json, whole()])
  expect(held.letGo()).toBe(bytes)
  expect(held.letGo()).toBeNull()
  expect(held).toMatchObject(rest)
  for (const read of [() => held.bytes, () => held.json, () => held.whole()]) expect(read).toThrow('let go')
})
