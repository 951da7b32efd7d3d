import { expect, test, vi } from 'vitest'

test('without a server the seeds’ functions say how to name one', async () => {
  // A module of its own: other test files of this process may have configured the shared one.
  vi.resetModules()
  const { getAvailableModels } = await import('./configured.ts')
  await expect(getAvailableModels()).rejects.toMatchObject({
    code: 'not_configured',
    statusCode: 0,
    message: expect.stringContaining('configure({ url, key })') as string,
  })
})
