import { test } from 'vitest'
import { onBothDatabases } from '../packages/registry/src/testing/databases.ts'
import { trySequences } from './direct-edits/try-sequences.ts'

// A few, because `npm test` must stay short; tests/faults/direct-edits.test.ts tries many.
onBothDatabases('direct edits', (registry) => {
  test('whatever commits compiles, and whatever is refused is refused in clear words', async () => {
    await trySequences(registry.database(), 4, 20_261_126)
  }, 120_000)
})
