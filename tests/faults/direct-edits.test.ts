import { test } from 'vitest'
import { onBothDatabases } from '../../packages/registry/src/testing/databases.ts'
import { trySequences } from '../direct-edits/try-sequences.ts'
import { seed, short } from './form.ts'

onBothDatabases(`direct edits, seed ${seed}`, (registry) => {
  test(
    'whatever commits compiles, and whatever is refused is refused in clear words',
    () => trySequences(registry.database(), short(8, 1_000), seed),
    1_800_000,
  )
})
