import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('./main.ts', import.meta.url))

test.each(['doctor', 'serve', 'help'])('%s ends well where nobody reads what it says', async (name) => {
  const child = spawn(process.execPath, [program, name, '--help'])
  child.stdout.destroy()
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect([child.exitCode, said]).toEqual([0, ''])
})

test.each(['serve --nonsense', 'doctor --nonsense', 'models list --nonsense'])(
  '%s says by its code that it failed where nobody reads why',
  async (line) => {
    const child = spawn(process.execPath, [program, ...line.split(' ')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr.destroy()
    await once(child, 'exit')
    expect(child.exitCode).toBe(2)
  },
)
