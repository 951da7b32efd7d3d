import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import catalogue from '../catalogue/models.json' with { type: 'json' }
import { readBlocks } from '../tools/documents/blocks.ts'
import { idsWhereLike } from '../tools/documents/like.ts'
import { cleanEnvironment, root } from './server.ts'

/** The examples of docs/model-manager.md: each a process of its own, in the repository's folder, against the simulator. */
const blocks = readBlocks(readFileSync(join(root, 'docs/model-manager.md'), 'utf8'))
const examples = blocks.flatMap((block, index) =>
  block.words.includes('agents') ? [{ line: block.line, code: block.text, prints: blocks[index + 1] }] : [],
)
const token = 'ABSKsimulated'

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({
    models: catalogue.models as unknown as readonly SimulatedModel[],
    credentials: { bearerTokens: [token] },
    latency: { firstTokenMs: 1, perTokenMs: 0 },
  })
})
afterAll(() => simulator.close())

function run(code: string): Promise<string> {
  const env = cleanEnvironment({
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
    AWS_BEARER_TOKEN_BEDROCK: token,
  })
  return new Promise((resolve, reject) => {
    const options = { cwd: root, env, timeout: 80_000 }
    execFile(process.execPath, ['--input-type=module', '--eval', code], options, (error, out, err) => {
      if (error === null) resolve(`${out}${err}`)
      else reject(new Error(`${error.message}\n${out}${err}`))
    })
  })
}

test('there are examples', () => expect(examples.length).toBeGreaterThan(7))

test.each(examples)('the example of line $line prints what the page shows', async ({ code, prints }) => {
  expect(prints?.words).toContain('prints')
  const printed = await run(code)
  if (idsWhereLike(prints?.text ?? '', printed) === null) expect(printed).toBe(prints?.text)
})
