import { expect, test } from 'vitest'
import { refuseFewOpenFiles } from './open-files.ts'

const limits = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     
Max processes             63429                63429                processes 
Max open files            ${soft.padEnd(20)} 4096                 files     
`

test('a process that may open too few files for the database is refused, with what to do', () => {
  expect(() => refuseFewOpenFiles(limits('256'))).toThrow(/may open 256 files.*ulimit -n/)
  expect(() => refuseFewOpenFiles(limits('399'))).toThrow()
  for (const enough of ['400', '1024', 'unlimited']) refuseFewOpenFiles(limits(enough))
  // A system that does not say.
  refuseFewOpenFiles('')
})
