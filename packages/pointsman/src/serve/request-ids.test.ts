import { expect, test } from 'vitest'
import { newRequestId } from './request-ids.ts'

test('an id is a random UUID of version 4, and none comes twice', () => {
  const ids = Array.from({ length: 5_000 }, newRequestId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('every digit but the two fixed places takes every value', () => {
  const ids = Array.from({ length: 5_000 }, newRequestId)
  for (let place = 0; place < 36; place += 1) {
    const seen = new Set(ids.map((id) => id[place])).size
    if ([8, 13, 14, 18, 23].includes(place)) expect(seen).toBe(1)
    else expect(seen).toBe(place === 19 ? 4 : 16)
  }
})
