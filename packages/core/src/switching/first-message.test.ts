import { modelId, requestId, type Route } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { compiled, conditions, ids, noNeeds, ranked, route, routes } from '../clinic.test-support.ts'
import { noticeOfReturn, switchAtFirstMessage, type FirstMessage } from './first-message.ts'

/** A conversation that had the default's model, and whose first message in the use case this is. */
function first(changes: Partial<Route> = {}, message: Partial<FirstMessage> = {}) {
  const base = { target: ids.novaPro, candidates: ranked(ids.sonnet, ids.haiku, ids.novaPro) }
  const snapshot = compiled({ routes: routes(route('use-case', 'clinical', { ...base, ...changes })) })
  const own = snapshot.useCases.get('clinical')
  if (own === undefined) throw new Error('no clinical')
  return switchAtFirstMessage({
    snapshot,
    route: own,
    conditions: conditions(),
    from: snapshot.defaultRoute.target,
    requestId: requestId('r1'),
    needs: noNeeds,
    given: own.target,
    health: new Map(),
    told: true,
    ...message,
  })
}

test('goes to the best of the list, and says from what, why and to whom', () => {
  const { made, modelId: to, notification } = first()
  expect(to).toBe(ids.sonnet)
  expect(made).toMatchObject({
    id: 'auto-r1',
    from: ids.novaPro,
    to: ids.sonnet,
    reason: 'use case clinical',
    evidence: { objective: 'curated', told: true },
    proposed: false,
  })
  expect(made?.evidence['ranking']).toMatchObject([
    { model: ids.sonnet, passed: true },
    { model: ids.haiku, passed: true },
    { model: ids.novaPro, passed: true },
  ])
  expect(notification).toMatchObject({ title: 'Auto-Switching AI Model', type: 'auto', modelId: ids.sonnet })
  expect(notification?.message).toContain('(use case clinical)')
  expect(first({}, { told: false })).toMatchObject({
    notification: null,
    made: { evidence: { told: false } },
  })
})

test('recent 429s and errors count, and so does what the message needs', () => {
  const failing = new Map([[ids.sonnet, { requests: 10, errors: 2, throttled: 8, latencyMs: null }]])
  expect(first({}, { health: failing }).modelId).toBe(ids.haiku)
  const tooLong = { ...noNeeds, inputTokensEstimate: 50_000_000 }
  expect(first({}, { needs: tooLong }).modelId).toBeNull()
})

test('whoever switched the use case is obeyed, and a strategy picks for itself', () => {
  const switched = first({ target: ids.haiku, switchId: 's1' })
  expect(switched.modelId).toBe(ids.haiku)
  expect(switched.made?.evidence).toMatchObject({ because: 'the switch s1 set it' })
  const shared = first({ target: null, strategy: 'weighted' }, { given: ids.haiku })
  expect(shared.made).toMatchObject({
    to: ids.haiku,
    evidence: { because: 'the strategy weighted picked it' },
  })
})

test('where nothing changes nothing is recorded', () => {
  expect(first({ candidates: ranked(ids.novaPro) })).toEqual({
    modelId: null,
    made: null,
    notification: null,
  })
  // The best is what the conversation had, though not what the use case gives to others.
  expect(first({ target: ids.haiku }, { from: ids.sonnet, given: ids.haiku })).toEqual({
    modelId: ids.sonnet,
    made: null,
    notification: null,
  })
  expect(first({ autoSwitch: 'off' })).toEqual({ modelId: null, made: null, notification: null })
})

test('a use case that only proposes serves everybody’s model and says what it would do', () => {
  const proposing = first({ autoSwitch: 'propose' })
  expect(proposing).toMatchObject({
    modelId: null,
    notification: null,
    made: { proposed: true, from: ids.novaPro, to: ids.sonnet },
  })
  expect(first({ autoSwitch: 'propose', target: ids.sonnet }, { given: ids.sonnet }).made).toBeNull()
})

test('a return to an earlier use case is told only where the model changes', () => {
  const snapshot = compiled()
  const clinical = snapshot.useCases.get('clinical')
  if (clinical === undefined) throw new Error('no clinical')
  const arrival = { snapshot, route: clinical, conditions: conditions(), from: ids.novaLite }
  expect(noticeOfReturn(arrival, ids.sonnet)).toMatchObject({ type: 'auto', modelId: ids.sonnet })
  expect(noticeOfReturn(arrival, ids.novaLite)).toBeNull()
  expect(noticeOfReturn({ ...arrival, from: modelId('gone') }, ids.sonnet)).toBeNull()
})
