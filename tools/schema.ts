import { readFile, writeFile } from 'node:fs/promises'

import { dumpSchema, migrate } from '@pointsman/registry'
import { openEmbedded } from '@pointsman/registry/embedded'

/** `node tools/schema.ts` writes `supabase/schema.sql` from the migrations; with `--check` it fails where the file is stale. */
const file = new URL('../supabase/schema.sql', import.meta.url)

const database = await openEmbedded({ dataDir: null, watchdogMs: 120_000 })
await migrate(database)
const dumped = await dumpSchema(database)
await database.close()

if (process.argv.includes('--check')) {
  const inTree = await readFile(file, 'utf8')
  if (inTree !== dumped) {
    console.error(
      'supabase/schema.sql is not what the migrations make. Run npm run schema:dump and commit the file.',
    )
    process.exitCode = 1
  }
} else {
  await writeFile(file, dumped)
}
