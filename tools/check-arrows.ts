import { checkArrows } from './laws/arrows.ts'
import { readTree, report } from './laws/tree.ts'

/** `npm run arrows`: the real imports against the table in docs/architecture.md. */
report(checkArrows(readTree(process.cwd())), 'arrows')
