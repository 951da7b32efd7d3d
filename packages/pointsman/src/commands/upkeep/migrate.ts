import { lockHolder, migrate as runMigrations } from '@pointsman/registry'
import { prepareDataFolder } from '../../serve/data-folder.ts'
import { openStores } from './open-stores.ts'
import type { UpkeepCall } from './upkeep-call.ts'

/** What every start of a server does by itself, alone: for those who migrate before they roll out. */
export async function migrate({ output, settings }: UpkeepCall): Promise<number> {
  await prepareDataFolder(settings.dataDir)
  const stores = await openStores(settings)
  try {
    const names: { readonly version: string; readonly name: string }[] = []
    const { version } = await runMigrations(stores.database, {
      onApplied: (applied, name) => {
        names.push({ version: applied, name })
        if (!output.json) output.line(`${applied}  ${name}`)
      },
      onWaiting: (waiting, name) => {
        if (!output.json)
          output.line(`${waiting}  ${name} waits: another session holds a lock that it needs. ${lockHolder}`)
      },
    })
    if (output.json) output.value({ applied: names, version })
    else
      output.line(
        names.length === 0
          ? `Nothing to do: the schema is at ${version}.`
          : `✅ The schema is at ${version}.`,
      )
    return 0
  } finally {
    await stores.close()
  }
}
