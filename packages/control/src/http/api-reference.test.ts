import { expect, test } from 'vitest'
import { apiReference } from '../testing/api-reference.ts'

test('docs/api-reference.md tells of the operations as they are', async () => {
  await expect(apiReference()).toMatchFileSnapshot('../../../../docs/api-reference.md')
})
