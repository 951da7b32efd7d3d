import { createHash, createHmac, randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Clock } from '@pointsman/engine'
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

/** Any process that has Node's modules (Node, Lambda, Deno), less the transport, which is each one's own. */
export const processPlatform = (): Omit<Platform, 'openTransport'> => ({
  digests: {
    sha256Hex: (data) => createHash('sha256').update(data).digest('hex'),
    hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
    hmacSha256Hex: (key, data) => createHmac('sha256', key).update(data).digest('hex'),
  },
  crc32,
  clock: timed(true),
  idleClock: timed(false),
  chance: Math.random,
  newId: () => randomUUID(),
  fetch: (url, init) => fetch(url, init),
  // lint-allow doors -- in an agent's process this library is the door
  environment: process.env, // oxlint-disable-line no-restricted-properties -- as above
  awsChain: () => awsChain(),
  onShutdown: flushOnShutdown,
})
