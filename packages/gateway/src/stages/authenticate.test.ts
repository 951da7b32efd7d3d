import { defaultWorkspace, keyId, type Key } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import { expect, test } from 'vitest'
import type { ConnectionMemory, Exchange } from '../exchange.ts'
import { authenticate } from './authenticate.ts'

const key = (id: string): Key => ({
  id: keyId(id),
  name: id,
  workspace: defaultWorkspace,
  digest: `digest of ${id}`,
  scopes: ['invoke'],
  ...{ routes: null, models: null, requestsPerMinute: null, spendPerDayNanoUsd: null, expiresAtMs: null },
})

/** Requests of one connection, and which keys were digested for them. */
function connection(memory: ConnectionMemory | undefined) {
  const digested: string[] = []
  let ticket: string | null = null
  const ask = (presented: string | null, known: readonly Key[]): string => {
    const header = (name: string) =>
      name === 'authorization' && presented !== null ? `Bearer ${presented}` : undefined
    const exchange = { header, ...(memory === undefined ? {} : { memory }) } as Exchange
    const keysByDigest = new Map(known.map((one) => [one.digest, one]))
    const snapshot = { keysByDigest } as unknown as CompiledSnapshot
    const parts = {
      digest: (text: string) => {
        digested.push(text)
        return `digest of ${text}`
      },
      ticketDigest: (text: string) => (text === 'pm_ticket' ? ticket : null),
      ...{ serviceKeyDigests: [], checkSignature: null, checkToken: null },
    }
    try {
      const principal = authenticate(exchange, new Uint8Array(), { snapshot, nowMs: 0 }, parts)
      return principal instanceof Promise ? 'later' : principal.id
    } catch (thrown) {
      return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown'
    }
  }
  return { ask, digested, setTicket: (digest: string | null) => (ticket = digest) }
}

const keys = [key('a-key-of-many-letters'), key('b')]

test('a key that comes again on its connection is digested once, and looked up each time', () => {
  const { ask, digested } = connection({ key: null })
  expect(ask('a-key-of-many-letters', keys)).toBe('a-key-of-many-letters')
  expect(ask('a-key-of-many-letters', keys)).toBe('a-key-of-many-letters')
  expect(ask('a-key-of-many-letters', [])).toBe('invalid_key')
  expect(ask('b', keys)).toBe('b')
  expect(ask(null, keys)).toBe('missing_key')
  expect(ask('wrong', keys)).toBe('invalid_key')
  expect(ask('wrong', keys)).toBe('invalid_key')
  expect(digested).toEqual(['a-key-of-many-letters', 'b', '', 'wrong'])
})

test('what is too long for a key is not remembered, and a connection without memory digests each time', () => {
  const long = 'x'.repeat(257)
  const memory: ConnectionMemory = { key: null }
  const remembering = connection(memory)
  remembering.ask(long, keys)
  expect(memory.key).toBeNull()
  const forgetful = connection(undefined)
  for (let time = 0; time < 2; time += 1) expect(forgetful.ask('b', keys)).toBe('b')
  expect(forgetful.digested).toEqual(['b', 'b'])
})

test('a ticket ends although its connection goes on', () => {
  const { ask, setTicket } = connection({ key: null })
  setTicket('digest of b')
  expect(ask('pm_ticket', keys)).toBe('b')
  setTicket(null)
  expect(ask('pm_ticket', keys)).toBe('invalid_key')
  setTicket('digest of b')
  expect(ask('pm_ticket', keys)).toBe('b')
})
