import { afterAll, beforeAll, expect, test } from 'vitest'
import { fuzzRequest } from './bodies.ts'
import { createChance, seedOf } from '../chance.ts'
import { startDataPlane, type DataPlane } from './data-plane.ts'
import { judge } from './judge.ts'
import { vendorTransport } from './vendor.ts'

/** `POINTSMAN_FUZZ` says how many bodies in all, `POINTSMAN_FUZZ_SEED` which: the same seed finds the same again. */
const allBodies = Number(process.env['POINTSMAN_FUZZ'] ?? 2_000)
const givenSeed = process.env['POINTSMAN_FUZZ_SEED']

/** Enough to see what is wrong; a broken server would fill the screen. */
const maxProblems = 10
const shownCharacters = 1_500
const show = (bytes: Uint8Array): string => Buffer.from(bytes).toString().slice(0, shownCharacters)

/**
 * Bodies that began as good ones, to every face and operation, for targets of every provider; the vendors behind answer
 * well or badly by the same chance. Two files take a half each, so that two processes share the work.
 */
export function fuzzHalf(half: 0 | 1): void {
  const seed = givenSeed === undefined ? Math.floor(Math.random() * 1e6) : Number(givenSeed)
  const bodies = Math.ceil(allBodies / 2)
  let plane: DataPlane
  const unhandled: unknown[] = []
  const note = (thrown: unknown): void => void unhandled.push(thrown)
  beforeAll(async () => {
    process.on('unhandledRejection', note)
    plane = await startDataPlane(vendorTransport(seed), 'http://127.0.0.1:9')
  })
  afterAll(async () => {
    process.off('unhandledRejection', note)
    await plane.close()
  })

  const name = `${bodies} bodies of POINTSMAN_FUZZ_SEED=${seed} neither break the server nor get a 500`
  test(name, { timeout: 600_000 }, async () => {
    const problems: string[] = []
    let served = 0
    for (let count = 0; count < bodies && problems.length < maxProblems; count++) {
      const index = 2 * count + half
      const { body, headers, path, sample } = fuzzRequest(createChance(seedOf(seed, index)))
      const answered = await plane.ask(path, headers, body)
      if (answered.status === 200) served++
      const problem = judge({ face: sample.face, path }, answered, plane.dialects)
      if (problem === null && unhandled.length === 0) continue
      const told = problem ?? `a promise was rejected and nobody took it: ${String(unhandled.splice(0)[0])}`
      problems.push(
        `body ${index}, POST ${path} ${headers.join(' ')}: ${told}\n${show(body)}\n→ ${answered.status} ${show(answered.body)}`,
      )
    }
    expect(problems).toEqual([])
    // Bodies that are all refused would prove little.
    expect(served / bodies).toBeGreaterThan(0.1)
  })
}
