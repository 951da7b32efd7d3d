import { PointsmanError } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { call, compiled, ids } from '../clinic.test-support.ts'
import type { RoutingCall } from './routing-call.ts'
import { resolve } from './resolve.ts'

const snapshot = compiled()

function refusal(asked: RoutingCall): PointsmanError {
  try {
    resolve(snapshot, asked)
  } catch (thrown) {
    if (thrown instanceof PointsmanError) return thrown
  }
  throw new Error(`${asked.requested} was found`)
}

test('tells whether pins are to be asked, and under which name', () => {
  expect(resolve(snapshot, call('clinical', { hasConversation: true }))).toMatchObject({
    pinUseCase: 'clinical',
    asksUser: true,
  })
  expect(resolve(snapshot, call('default', { hasConversation: true }))).toMatchObject({
    pinUseCase: 'default',
  })
  expect(resolve(snapshot, call('clinical'))).toMatchObject({ pinUseCase: null, asksUser: true })
  expect(resolve(snapshot, call('sql_agent', { hasConversation: true }))).toMatchObject({
    pinUseCase: null,
    asksUser: true,
  })
  // Only where the request asks for it, and never under a name that a use case could have.
  expect(resolve(snapshot, call('sql_agent', { hasConversation: true, pinsAgent: true }))).toMatchObject({
    pinUseCase: 'agent/sql_agent',
  })
  expect(resolve(snapshot, call('sql_agent', { pinsAgent: true })).pinUseCase).toBeNull()
  expect(resolve(snapshot, call(ids.gpt, { hasConversation: true }))).toMatchObject({
    pinUseCase: null,
    asksUser: false,
  })
})

test('an unknown model is 404 in the seeds’ words, with the nearest names', () => {
  const error = refusal(call('eu.amazon.nova-por-v1:0'))
  expect(error).toMatchObject({ code: 'model_not_found', status: 404 })
  expect(error.message).toMatch(
    /^Model not found: eu\.amazon\.nova-por-v1:0\. Nearest: eu\.amazon\.nova-pro-v1:0/,
  )
  expect(error.details.suggestions?.[0]).toBe(ids.novaPro)
})

test.each([
  [call('use-case/clincal'), 'Route not found: use-case/clincal', 'use-case/clinical'],
  [call('agent/sql-agent'), 'Route not found: agent/sql-agent', 'agent/sql_agent'],
  [call('default', { agent: 'sqlagent' }), 'Agent not found: sqlagent', 'sql_agent'],
  [call('default', { useCase: 'helth' }), 'Use case not found: helth', 'health'],
  [call('default', { role: 'patiant' }), 'Role not found: patiant', 'patient'],
  [call('gpt-4o', { useCase: 'helth' }), 'Use case not found: helth', 'health'],
])('an unknown route, agent, use case or role is 404 (%#)', (asked, begins, suggestion) => {
  const error = refusal(asked)
  expect(error).toMatchObject({ code: 'route_not_found', status: 404 })
  expect(error.message.startsWith(begins)).toBe(true)
  expect(error.details.suggestions?.[0]).toBe(suggestion)
})

test('a header that does not count is not looked at', () => {
  expect(resolve(snapshot, call('clinical', { agent: 'unknown' })).kind).toBe('route')
  expect(resolve(snapshot, call('default', { agent: 'sql_agent', useCase: 'unknown' }))).toMatchObject({
    reason: 'agent',
  })
})

test('what the caller wrote does not come back whole', () => {
  const error = refusal(call('x'.repeat(10_000)))
  expect(error.message.length).toBeLessThan(400)
  expect(error.details.suggestions).toEqual([])
})

describe('a body that names its use case twice', () => {
  const writtenAs = { useCase: 'use_case', role: 'role', assistantType: 'assistantType' }
  const asked = (names: Partial<RoutingCall>): RoutingCall => call('default', { ...names, writtenAs })

  test.each<[Partial<RoutingCall>, string, RegExp]>([
    [
      { useCase: 'clinical', role: 'patient' },
      'role',
      /`use_case` names .* clinical, but `role` names health/,
    ],
    [
      { useCase: 'clinical', assistantType: 'health' },
      'assistantType',
      /`use_case` names .* clinical, but `assistantType` names health/,
    ],
    [
      { role: 'patient', assistantType: 'clinical' },
      'assistantType',
      /`role` names .* health, but `assistantType` names clinical/,
    ],
  ])('is refused where they differ: %j', (names, field, message) => {
    const error = refusal(asked(names))
    expect(error).toMatchObject({ code: 'invalid_request', status: 400, details: { field } })
    expect(error.message).toMatch(message)
  })

  test('goes on where they agree, and headers have their order', () => {
    const same = asked({ useCase: 'health', role: 'patient', assistantType: 'health' })
    expect(resolve(snapshot, same)).toMatchObject({ reason: 'use-case', pinUseCase: null })
    expect(resolve(snapshot, call('default', { useCase: 'clinical', role: 'patient' }))).toMatchObject({
      route: { key: 'use-case/clinical' },
    })
  })
})
