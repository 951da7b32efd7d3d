import { fileURLToPath } from 'node:url'

export { CrashFiles, type CrashFilesOptions } from './crash-files.ts'
export { crashRounds, type CrashFigures } from './crash-rounds.ts'
export { lineOf } from '../line.ts'
export { intent, intentOf, outcome, outcomeOf, readAll, requestIdOf } from './records.ts'

/** A program that writes until it is killed: `node <writerFile> <dir> <prefix>`. */
export const writerFile = fileURLToPath(new URL('./writer.ts', import.meta.url))
