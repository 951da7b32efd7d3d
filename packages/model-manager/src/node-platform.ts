import { createHash, createHmac, randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Clock } from '@pointsman/engine'
import { createAddressGuard } from '@pointsman/engine/address-guard'
import { createUndiciTransport } from '@pointsman/engine/undici'
import { awsChain } from './aws-chain.ts'
import type { Platform } from './platform.ts'
import { flushOnShutdown } from './shutdown.ts'

const timed = (keepsAlive: boolean): Clock => ({
  nowMs: () => Date.now(),
  nowUs: () => Math.round(performance.now() * 1_000),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    if (!keepsAlive) timer.unref()
    return () => clearTimeout(timer)
  },
})

/** Node and Lambda. */
export const nodePlatform = (): Platform => ({
  digests: {
    sha256Hex: (data) => createHash('sha256').update(data).digest('hex'),
    hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
  },
  crc32,
  clock: timed(true),
  idleClock: timed(false),
  chance: Math.random,
  newId: () => randomUUID(),
  fetch: (url, init) => fetch(url, init),
  // lint-allow doors -- in an agent's process this library is the door
  environment: process.env, // eslint-disable-line no-restricted-syntax -- as above
  openTransport: (namedHosts) => createUndiciTransport({ guard: createAddressGuard({ named: namedHosts }) }),
  awsChain,
  onShutdown: flushOnShutdown,
})
