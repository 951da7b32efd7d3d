import type { Principal } from '@pointsman/contract'
import type { ControlHouse } from '../../house.ts'
import type { Proposal } from '../changes/catalogue-plan.ts'
import { changeCatalogue, type CatalogueOutcome } from '../changes/change-catalogue.ts'
import { knownModels } from '../new-entry.ts'
import { alarmingPrices } from '../price-alarm.ts'
import { importCatalogueFile } from './import-catalogue-file.ts'
import type { ImportContext } from './import-context.ts'
import { importLlmModels } from './import-llm-models.ts'
import { importPriceCatalogue } from './import-price-catalogue.ts'
import { readFile, type ImportForm } from './read-file.ts'

export interface ImportOrder extends Pick<ImportContext, 'enable' | 'only' | 'region'> {
  readonly text: string
  readonly name: string
  readonly form: ImportForm | null
  /** Now where null. */
  readonly effectiveFromMs: number | null
  readonly dryRun: boolean
  readonly ifMatch: number | null
}

const forms: {
  readonly [form in ImportForm]: (content: unknown, context: ImportContext) => Proposal
} = {
  catalogue: importCatalogueFile,
  'llm-models': importLlmModels,
  'price-catalogue': importPriceCatalogue,
}

/**
 * Takes over a file in one revision, or tells what that would change. Throws PointsmanError `invalid_request` or `refused`
 * naming what is wrong and where; then nothing changed, and where it was no dry run an alarm tells of it.
 */
export function importModels(
  house: ControlHouse,
  principal: Principal,
  order: ImportOrder,
): Promise<CatalogueOutcome> {
  const { clock, curated, homeRegion } = house
  const { dryRun, effectiveFromMs, form, ifMatch, name, text } = order
  const nowMs = clock.nowMs()
  const work = async (): Promise<CatalogueOutcome> => {
    const file = readFile(text, form)
    const shipped = curated?.().models ?? []
    return changeCatalogue(house, principal, {
      propose: ({ history, present }) =>
        forms[file.form](file.content, {
          ...order,
          ...{ present, history, homeRegion, nowMs, source: `import of ${name}` },
          known: knownModels(present, shipped),
          effectiveFromMs: effectiveFromMs ?? nowMs,
        }),
      what: `Import of ${name}`,
      dryRun,
      ifMatch,
    })
  }
  return dryRun ? work() : alarmingPrices(house.alarms, work)
}
