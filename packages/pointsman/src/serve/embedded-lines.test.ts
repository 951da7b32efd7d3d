import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

/** Writes three lines, each when the one before it has gone out or failed, once it may. */
const writer = `
import { createEmbeddedLines } from ${JSON.stringify(import.meta.resolve('./embedded-lines.ts'))}
const write = createEmbeddedLines(process.stdout, (level, event) => process.stderr.write(event + ';'))
for await (const _ of process.stdin);
for (let line = 0; line < 3; line += 1) {
  write('{}', () => process.stderr.write('failed;'))
  await new Promise((resolve) => setTimeout(resolve, 10))
}
`

test('that nobody reads standard output is told once, and each line that is lost by it', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', writer])
  const told = text(child.stderr)
  child.stdout.destroy()
  await once(child.stdout, 'close')
  child.stdin.end()
  expect((await told).split(';').toSorted()).toEqual(['', 'failed', 'failed', 'failed', 'metrics_lost'])
})
