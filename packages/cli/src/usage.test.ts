import { expect, test } from 'vitest'
import { usageTotals } from './testing/fake-answers.ts'
import { run, startFakeServer } from './testing/run.ts'

const [total] = usageTotals.data

async function askOf(groups: number, line: string) {
  const data = Array.from({ length: groups }, (_, index) => ({ ...total, group: `user-${index}` }))
  const server = await startFakeServer({ 'GET /api/v1/usage': { ...usageTotals, data } })
  try {
    const ran = await run(line.split(' '), { url: server.url })
    return { ...ran, received: server.received }
  } finally {
    await server.close()
  }
}

test.each(['fallback-cause', 'fallbackCause'])('usage by what requests fell back for: %s', async (word) => {
  const { received } = await askOf(1, `usage --group-by ${word}`)
  expect(JSON.stringify(received)).toContain('groupBy=fallbackCause')
})

test('where there are more groups than the server tells of at once, that is said', async () => {
  const words = /The 1,000 groups with the most requests/
  expect((await askOf(1_000, 'usage --group-by user')).out).toMatch(words)
  expect((await askOf(999, 'usage --group-by user')).out).not.toMatch(words)
})
