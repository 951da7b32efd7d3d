import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createUrlReader } from './read-by-url.ts'

const digests = {
  sha256Hex: (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex'),
  hmacSha256: (key: Uint8Array | string, data: string) => createHmac('sha256', key).update(data).digest(),
  hmacSha256Hex: (key: Uint8Array | string, data: string) =>
    createHmac('sha256', key).update(data).digest('hex'),
}

test('an answer without end is refused as it comes, and the rest of it is not read', async () => {
  let sent = 0
  let left = false
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      sent += 1
      controller.enqueue(new Uint8Array(1_048_576))
      if (sent === 100) controller.close()
    },
    cancel() {
      left = true
    },
  })
  const reader = createUrlReader({
    ...{ url: 'https://pointsman.example', key: 'k', publicKey: 'p', digests },
    fetch: () => Promise.resolve(new Response(body)),
  })
  await expect(reader.manifest()).rejects.toThrow('it answered more than 33554432 bytes')
  expect(left).toBe(true)
})
