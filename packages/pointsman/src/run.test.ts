import { spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freePort } from '../../../tools/free-port.ts'

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

// Linux alone has a disk that is always full.
test.runIf(existsSync('/dev/full'))(
  'a full disk under the log ends nobody, one under an answer does',
  async () => {
    const full = openSync('/dev/full', 'w')
    const codeOf = async (line: string, stdio: StdioOptions): Promise<number | null> => {
      const child = spawn(process.execPath, [program, ...line.split(' ')], { stdio })
      await once(child, 'exit')
      return child.exitCode
    }
    expect(await codeOf('serve --nonsense', ['ignore', 'ignore', full])).toBe(2)
    expect(await codeOf('doctor --help', ['ignore', full, 'ignore'])).not.toBe(0)
    closeSync(full)
  },
)

// As above.
test.runIf(existsSync('/dev/full'))('a full disk under what a server prints does not end it', async () => {
  const port = await freePort()
  const full = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, [program, 'simulate', '--port', String(port)], {
    stdio: ['ignore', full, 'inherit'],
  })
  closeSync(full)
  const ended = once(child, 'exit')
  const answers = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error('it has ended')
    return fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
  }
  await expect.poll(answers, { timeout: 60_000 }).toBe(true)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

/** Tells each file that is loaded. */
const loads = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({ load: (url, context, next) => { console.error(url); return next(url, context) } })
`)}`

test.each(['migrate', 'backup', 'restore', 'doctor'])(
  '%s tells how it is called, and loads nothing for it',
  async (name) => {
    const child = spawn(process.execPath, ['--import', loads, program, name, '--help'])
    const [told, loaded] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    expect(told).toContain(`Usage: pointsman ${name}`)
    expect(loaded).toContain('/run.ts')
    expect(loaded).not.toMatch(/node_modules|\/(control|registry|upkeep)\/src\//)
  },
)
