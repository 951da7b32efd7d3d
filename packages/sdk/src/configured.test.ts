import { expect, test } from 'vitest'
import { getAvailableModels } from './configured.ts'

test('without a server the seeds’ functions say how to name one', async () => {
  await expect(getAvailableModels()).rejects.toMatchObject({
    code: 'not_configured',
    statusCode: 0,
    message: expect.stringContaining('configure({ url, key })') as string,
  })
})
