import { expect, test } from 'vitest'
import { manual } from './testing/manual.ts'

test('docs/cli.md tells of the commands as they are', async () => {
  await expect(manual()).toMatchFileSnapshot('../../../docs/cli.md')
})
