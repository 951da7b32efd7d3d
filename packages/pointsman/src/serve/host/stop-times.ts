import type { Settings } from '../../settings.ts'
import { stopGraceMs } from '../front.ts'

/** Beyond its grace a data plane writes its records and closes its journal. */
export const dataRenewalMs = stopGraceMs + 5_000
/** Ingest of what is durable, the closing checkpoint of an embedded database. */
export const controlStopMs = 20_000

/** One that drains still serves: killed before its grace is over, it would take its answers with it. */
export const dataStopMs = ({ drainMs }: Pick<Settings, 'drainMs'>): number => drainMs + dataRenewalMs
