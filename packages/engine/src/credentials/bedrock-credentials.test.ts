import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BedrockCredentials, type AwsIdentity } from './bedrock-credentials.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const minuteMs = 60_000

/** A role whose credential ends in an hour, and a chain that fails from then on. */
async function started() {
  let asked = 0
  const identity: AwsIdentity = {
    ...{ accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    expiration: new Date(Date.now() + 60 * minuteMs),
  }
  const credentials = new BedrockCredentials({
    fixed: null,
    chain: () =>
      asked++ === 0 ? Promise.resolve(identity) : Promise.reject(new Error('no metadata service')),
    log: () => undefined,
  })
  await credentials.start()
  return { credentials, asked: () => asked }
}

test.each([
  ['near its end', 56, true],
  ['past its end', 61, false],
])(
  'a credential %s is asked for anew, and after a failure not by every request',
  async (_, minutes, ready) => {
    const { asked, credentials } = await started()
    await vi.advanceTimersByTimeAsync(minutes * minuteMs)
    const ask = async (): Promise<void> => {
      for (let request = 0; request < 20; request++) {
        expect(credentials.state().ready).toBe(ready)
        await vi.advanceTimersByTimeAsync(10)
      }
    }
    await ask()
    expect(asked()).toBe(2)
    await vi.advanceTimersByTimeAsync(15_000)
    await ask()
    expect(asked()).toBe(3)
  },
)
