export { chanceOf, CrashFiles, type Chance, type CrashFilesOptions } from './crash-files.ts'
export { intent, intentOf, outcome, outcomeOf, readAll, requestIdOf } from './records.ts'
