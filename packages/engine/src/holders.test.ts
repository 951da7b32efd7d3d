import { expect, test } from 'vitest'
import { modelId, requestId } from '@pointsman/contract'
import { createFallbackEpisodes } from './fallback-episodes.ts'
import { createUnrecognisedFrames } from './unrecognised-frames.ts'

const clinical = 'use-case/clinical'
const served = (request: string, route = clinical, to = 'b', nowMs = 5) => ({
  route,
  from: modelId('a'),
  to: modelId(to),
  requestId: requestId(request),
  cause: 'upstream_throttled',
  nowMs,
})

test('an episode is told once, until the route’s own model answers again', () => {
  const episodes = createFallbackEpisodes()
  expect(episodes.fellBack(served('r1'))).toEqual({
    id: 'fallback-r1',
    route: 'use-case/clinical',
    from: 'a',
    to: 'b',
    startedAtMs: 5,
    requestId: 'r1',
    cause: 'upstream_throttled',
  })
  expect(episodes.fellBack(served('r2'))).toBeNull()
  expect(episodes.fellBack(served('r3', 'use-case/health'))?.id).toBe('fallback-r3')
  expect(episodes.fellBack(served('r4', 'use-case/clinical', 'c'))?.to).toBe('c')
  expect(episodes.fellBack(served('r5'))).toBeNull()
  episodes.recovered(clinical, modelId('a'), 60_005)
  expect(episodes.fellBack(served('r6'))?.id).toBe('fallback-r6')
})

test('an episode goes on over answers now and then, and ends with a minute of them', () => {
  const episodes = createFallbackEpisodes()
  const fellBackAt = (nowMs: number) => episodes.fellBack(served(`r${nowMs}`, clinical, 'b', nowMs)) !== null
  const answeredAt = (nowMs: number) => episodes.recovered(clinical, modelId('a'), nowMs)
  expect(fellBackAt(0)).toBe(true)
  answeredAt(1_000)
  expect(fellBackAt(2_000)).toBe(false)
  answeredAt(61_000)
  expect(fellBackAt(61_500)).toBe(false)
  answeredAt(62_000)
  answeredAt(121_500)
  expect(fellBackAt(122_000)).toBe(true)
  // Nobody asks for long: one answer, and silence after it, is an end as well; silence alone is none.
  expect(fellBackAt(999_000)).toBe(false)
  answeredAt(999_100)
  expect(fellBackAt(2_000_000)).toBe(true)
})

test('made-up routes and frame names do not fill the memory', () => {
  const episodes = createFallbackEpisodes()
  for (let route = 0; route < 5_000; route++) episodes.fellBack(served(`r${route}`, `use-case/${route}`))
  expect(episodes.fellBack(served('again', 'use-case/0'))).not.toBeNull()
  expect(episodes.fellBack(served('again', 'use-case/4999'))).toBeNull()

  const frames = createUnrecognisedFrames()
  for (let name = 0; name < 5_000; name++) frames.count('bedrock-converse', `frame-${name}`)
  frames.count('bedrock-converse', 'frame-1')
  expect(frames.read().size).toBeLessThanOrEqual(201)
  expect(frames.read().get('bedrock-converse/frame-1')).toBe(2)
  expect(frames.read().get('bedrock-converse/other')).toBe(4_800)
})
