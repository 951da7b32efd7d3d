import { checkDependencies } from './laws/dependencies.ts'
import { checkDoors } from './laws/doors.ts'
import { checkExceptions } from './laws/exceptions.ts'
import { checkLeaks } from './laws/leaks.ts'
import { checkLockfile } from './laws/lockfile.ts'
import { checkPurity } from './laws/purity.ts'
import { checkSameFiles } from './laws/same-files.ts'
import { checkSilence } from './laws/silence.ts'
import { checkSize } from './laws/size.ts'
import { checkSqlText } from './laws/sql-text.ts'
import { checkSql } from './laws/sql.ts'
import { leaksOfThisMachine } from './laws/this-machine.ts'
import { readTree, report } from './laws/tree.ts'

/** `npm run arrows`, second half: the laws of the house that neither types nor lint can hold. */
const tree = readTree(process.cwd())
report(
  [
    ...checkPurity(tree),
    ...checkSql(tree),
    ...checkSqlText(tree),
    ...checkDoors(tree),
    ...checkSize(tree),
    ...checkSilence(tree),
    ...checkExceptions(tree),
    ...checkSameFiles(tree),
    ...checkDependencies(tree),
    ...checkLockfile(tree),
    ...checkLeaks(tree, leaksOfThisMachine(process.cwd())),
  ],
  'laws',
)
