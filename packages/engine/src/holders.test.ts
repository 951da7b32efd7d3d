import { expect, test } from 'vitest'
import { modelId, requestId } from '@pointsman/contract'
import { createFallbackEpisodes } from './fallback-episodes.ts'
import { createUnrecognisedFrames } from './unrecognised-frames.ts'

const served = (request: string, route = 'use-case/clinical', to = 'b') => ({
  route,
  from: modelId('a'),
  to: modelId(to),
  requestId: requestId(request),
  cause: 'upstream_throttled',
  nowMs: 5,
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
  episodes.recovered('use-case/clinical', modelId('a'))
  expect(episodes.fellBack(served('r5'))?.id).toBe('fallback-r5')
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
