import { expect, test } from 'vitest'
import { UsageError } from './command.ts'
import { readSecret } from './read-secret.ts'

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text))
}

/** What came of it, what was shown, and the terminal's modes. */
async function typed(...texts: readonly string[]) {
  const modes: boolean[] = []
  let shown = ''
  const terminal = Object.assign(pieces(...texts), {
    isTTY: true,
    setRawMode: (on: boolean) => modes.push(on),
  })
  const secret = await readSecret(terminal, 'Key: ', (text) => (shown += text)).catch((error: unknown) =>
    error instanceof UsageError ? error : Promise.reject(error as Error),
  )
  return { secret, shown, modes }
}

test('what is typed is not shown, and the terminal is as it was', async () => {
  expect(await typed('sk-', 'abc', 'x\u007fd\r', 'not read')).toEqual({
    ...{ secret: 'sk-abcd', shown: 'Key: \n', modes: [true, false] },
  })
})

test('pasted with its line end, or ended by Ctrl-D', async () => {
  expect((await typed('\u001b[200~sk-pasted\u001b[201~\n')).secret).toBe('sk-pasted')
  expect((await typed('sk-1\u0004')).secret).toBe('sk-1')
})

test('Ctrl-C stores nothing, nor does an empty line', async () => {
  for (const keys of ['sk-1\u0003', '\r', '  \n']) {
    const { modes, secret } = await typed(keys)
    expect(secret).toBeInstanceOf(UsageError)
    expect(modes).toEqual([true, false])
  }
})

test('over a pipe it is all that comes, without its line end', async () => {
  const told: string[] = []
  expect(await readSecret(pieces('sk-', 'piped\n'), 'Key: ', (text) => told.push(text))).toBe('sk-piped')
  expect(told).toEqual([])
  await expect(readSecret(pieces(''), 'Key: ', () => undefined)).rejects.toThrow(UsageError)
})
