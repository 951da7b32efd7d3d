import { describe, expect, test } from 'vitest'

import { checkDependencies } from './dependencies.ts'
import { checkDoors } from './doors.ts'
import { checkExceptions } from './exceptions.ts'
import { checkLeaks } from './leaks.ts'
import { checkLockfile, runtimePackages } from './lockfile.ts'
import { checkPurity } from './purity.ts'
import { checkSameFiles } from './same-files.ts'
import { checkSilence } from './silence.ts'
import { checkSize } from './size.ts'
import { checkSqlText } from './sql-text.ts'
import { checkSql } from './sql.ts'
import type { Finding, Tree } from './tree.ts'

type Law = (tree: Tree) => readonly Finding[]

/** Lines on which `law` finds something, in one file. */
function linesBroken(law: Law, path: string, text: string): readonly number[] {
  return law(new Map([[path, text]])).map((finding) => finding.line)
}

describe('purity of core and wire', () => {
  const broken = [
    ...[
      `import { readFile } from 'node:fs'`,
      `import type { Socket } from 'net'`,
      `await import('node:zlib')`,
    ],
    ...[
      'const now = Date.now()',
      'const now = new Date()',
      'let at: Date',
      'const x = Math.random()',
      'fetch(url)',
    ],
    ...['Buffer.from(text)', 'const { env } = process', 'setTimeout(go, 1)', 'crypto.subtle.digest(a, b)'],
    ...[
      'const x = { crypto }',
      'globalThis.fetch(url)',
      'import.meta.url',
      'console.log(1)',
      'const f = [fetch]',
    ],
  ]
  test.each(broken)('refuses %s', (text) => {
    expect(linesBroken(checkPurity, 'packages/core/src/x.ts', `\n${text}`)).toEqual([2])
    expect(linesBroken(checkPurity, 'packages/wire/src/a/x.ts', `\n${text}`)).toEqual([2])
  })
  const fine = [
    ...[
      'ports.crypto.digest(bytes)',
      'type Ports = { readonly fetch: () => void }',
      'const x = { process: 1 }',
    ],
    ...[
      'new TextEncoder().encode(text)',
      'Math.floor(1.5)',
      'const date = "Date"',
      '// Date.now() is handed in',
    ],
    ...[
      'export function of(crypto: Crypto): Digest { return crypto.digest() }',
      'interface A { setTimeout(): void }',
    ],
  ]
  test.each(fine)('takes %s', (text) => {
    expect(linesBroken(checkPurity, 'packages/core/src/x.ts', text)).toEqual([])
  })
  test('is asked of core and wire, not of their tests or of others', () => {
    expect(linesBroken(checkPurity, 'packages/core/src/x.test.ts', 'Date.now()')).toEqual([])
    expect(linesBroken(checkPurity, 'packages/engine/src/x.ts', 'Date.now()')).toEqual([])
  })
})

describe('the text of statements', () => {
  const within = (statement: string): string =>
    `const table = 'models'\nconst columns = { a: 1 }\nasync function ask(database: D, id: string, by: 'a' | 'b') { ${statement} }`
  const broken = [
    'await database.query(`SELECT ${id}`)',
    "await database.query('SELECT ' + id)",
    'const text = `SELECT ${id}`; await database.query(text)',
    'await database.script(id)',
    "await database.query([id].join(' '))",
    'await client.query({ text: `SELECT ${id}`, values: [] })',
    'await database.query(made(id))',
    "let text = 'SELECT 1'; text += id; await database.query(text)",
    'for (const one of [id]) await database.query(`LISTEN ${one}`)',
    "await database.query(by === 'a' ? 'SELECT 1' : `SELECT ${id}`)",
  ]
  test.each(broken)('is not made of what was handed in: %s', (statement) => {
    expect(linesBroken(checkSqlText, 'packages/registry/src/x.ts', within(statement))).toEqual([3])
    expect(linesBroken(checkSqlText, 'packages/registry/src/x.test.ts', within(statement))).toEqual([])
  })
  const fine = [
    "await database.query('SELECT $1', [id])",
    'await database.query(`SELECT * FROM ${table}`, [id])',
    "await database.query(`SELECT ${Object.keys(columns).map((name) => `x.${name}`).join(', ')}`)",
    "const order = id === '' ? 'ASC' : 'DESC'; await database.query(`SELECT 1 ORDER BY 1 ${order}`)",
    'await database.query(`SELECT ${columns[by]}`)',
    'await database.query(`SELECT * FROM ${quotedTable(id)}`)',
    'await database.query(made(table))',
  ]
  test.each(fine)('may be made of the program’s own: %s', (statement) => {
    expect(linesBroken(checkSqlText, 'packages/registry/src/x.ts', within(statement))).toEqual([])
  })
})

describe('SQL', () => {
  const broken = [
    ...[
      '`SELECT 1`',
      "'select id from models'",
      '`\n  INSERT INTO models VALUES (1)`',
      "'delete from models'",
    ],
    ...['`UPDATE ${table} SET a = ${value}`', "'CREATE TABLE a (id int)'", "'alter table a add b int'"],
    ...["'NOTIFY changes'", "'SET LOCAL lock_timeout = 1'", '`WITH a AS (SELECT 1) SELECT * FROM a`'],
  ]
  test.each(broken)('is refused outside registry: %s', (text) => {
    expect(linesBroken(checkSql, 'packages/control/src/x.ts', `const q = ${text}`)).toEqual([1])
  })
  const fine = [
    ...[
      "'Select a model from the list'",
      "'DELETE /api/v1/keys'",
      "'Update the key and set it again'",
      "'update'",
    ],
    ...["'Create a key first'", "'with'", "'listen to changes'", "'SELECTED'"],
  ]
  test.each(fine)('is not seen in %s', (text) => {
    expect(linesBroken(checkSql, 'packages/control/src/x.ts', `const q = ${text}`)).toEqual([])
  })
  test('is the language of registry, and of tests', () => {
    expect(linesBroken(checkSql, 'packages/registry/src/x.ts', "'SELECT 1'")).toEqual([])
    expect(linesBroken(checkSql, 'packages/control/src/x.test.ts', "'SELECT 1'")).toEqual([])
    expect(linesBroken(checkSql, 'supabase/functions/x.ts', "'SELECT 1'")).toEqual([])
  })
})

describe('doors', () => {
  const environment = [
    'process.env.HOME',
    `process['env']`,
    'const { env } = process',
    `import { env } from 'node:process'`,
  ]
  test.each(environment)('only pointsman reads the environment: %s', (text) => {
    expect(linesBroken(checkDoors, 'packages/engine/src/x.ts', text)).toEqual([1])
    expect(linesBroken(checkDoors, 'packages/pointsman/src/x.ts', text)).toEqual([])
    expect(linesBroken(checkDoors, 'packages/engine/src/x.test.ts', text)).toEqual([])
  })
  test('the gateway builds a server and does not listen; the simulator does both', () => {
    const text = `import { createServer } from 'node:http'\nconst server = createServer()\nserver.listen(1)`
    expect(linesBroken(checkDoors, 'packages/control/src/x.ts', text)).toEqual([2, 3])
    expect(linesBroken(checkDoors, 'packages/gateway/src/x.ts', text)).toEqual([3])
    expect(linesBroken(checkDoors, 'packages/simulator/src/x.ts', text)).toEqual([])
  })
  test('a listen that is no socket is no door', () => {
    expect(linesBroken(checkDoors, 'packages/control/src/x.ts', `registry.listen((head) => head)`)).toEqual(
      [],
    )
  })
})

describe('size', () => {
  const lines = (count: number): string => 'let a = 1\n'.repeat(count)
  const block = (count: number): string => `const f = () => {\n${lines(count)}}\n`

  test('400 lines of code a file, blank lines and comments apart', () => {
    expect(linesBroken(checkSize, 'packages/core/src/x.ts', lines(401))).toEqual([1])
    expect(linesBroken(checkSize, 'packages/core/src/x.ts', `${lines(400)}\n// a\n/* b\n c */`)).toEqual([])
    expect(linesBroken(checkSize, 'packages/core/src/x.ts', `// size: a table\n${lines(401)}`)).toEqual([])
    expect(linesBroken(checkSize, 'packages/core/src/x.ts', `// size:\n${lines(401)}`)).toEqual([1])
    expect(linesBroken(checkSize, 'packages/core/src/x.ts', `const t = \`${'\n'.repeat(401)}\``)).toEqual([1])
  })
  test('60 lines a function, tests apart', () => {
    expect(linesBroken(checkSize, 'tools/x.ts', `\n${block(59)}`)).toEqual([2])
    expect(linesBroken(checkSize, 'tools/x.ts', block(58))).toEqual([])
    expect(linesBroken(checkSize, 'tools/x.ts', `// size: one table of states\n${block(59)}`)).toEqual([])
    expect(linesBroken(checkSize, 'tools/x.test.ts', block(59))).toEqual([])
  })
  test('4 parameters', () => {
    expect(linesBroken(checkSize, 'tools/x.ts', 'const f = (a, b, c, d, e) => a')).toEqual([1])
    expect(linesBroken(checkSize, 'tools/x.ts', 'const f = (a, b, c, d) => a')).toEqual([])
  })
})

describe('silence', () => {
  test.each([
    'try { a() } catch {}',
    'a().catch(() => {})',
    'a().catch(() => undefined)',
    'try { a() } catch { /* b */ }',
  ])('loses a failure: %s', (text) => {
    expect(linesBroken(checkSilence, 'packages/core/src/x.ts', `\n${text}`)).toEqual([2])
    expect(linesBroken(checkSilence, 'packages/core/src/x.test.ts', text)).toEqual([])
    const allowed = `// lint-allow silence -- nobody waits for it\n${text}`
    expect(linesBroken(checkSilence, 'packages/core/src/x.ts', allowed)).toEqual([])
  })
  test.each(['try { a() } catch { b += 1 }', 'a().catch(() => null)', 'a().catch(tell)'])(
    'answers one: %s',
    (text) => {
      expect(linesBroken(checkSilence, 'packages/core/src/x.ts', text)).toEqual([])
    },
  )
})

describe('exceptions to laws', () => {
  const broken = [
    ...['// oxlint-disable-next-line no-console', '// oxlint-disable-next-line no-console -- later'],
    ...['/* oxlint-disable */', '/* oxlint-disable -- the whole file is special */', '// @ts-expect-error'],
    '// eslint-disable-next-line no-console -- the command line prints here',
    ...['// @ts-ignore -- types of pg are wrong', '// lint-allow sql', '// lint-allow -- a good reason'],
  ]
  test.each(broken)('say why and which: %s', (comment) => {
    expect(linesBroken(checkExceptions, 'tools/x.ts', `let a\n${comment}\nlet b`)).toEqual([2])
  })
  const fine = [
    ...[
      '// oxlint-disable-next-line no-console -- the command line prints here',
      "const a = 'oxlint-disable'",
    ],
    ...['// @ts-expect-error -- types of pg lack this event', '// lint-allow sql -- a text for people'],
  ]
  test.each(fine)('pass with a reason: %s', (text) => {
    expect(linesBroken(checkExceptions, 'tools/x.ts', `let a\n${text}\nlet b`)).toEqual([])
  })
})

describe('folders that look alike', () => {
  const files = [
    'openai-chat/index.ts',
    'openai-chat/write-request.ts',
    'gemini/index.ts',
    'gemini/quirk-empty-parts.ts',
  ]
  const others = ['framing/crc.ts', 'index.ts', 'gemini/index.test.ts']
  const wire = (gemini: string): Tree =>
    new Map(
      [...files, ...others].map((file) => [
        `packages/wire/src/${file}`,
        file === 'gemini/index.ts' ? gemini : '',
      ]),
    )

  test('a folder that lacks what its siblings have says why', () => {
    expect(checkSameFiles(wire('')).map((finding) => `${finding.path} ${finding.says}`)).toEqual([
      'packages/wire/src/gemini/index.ts its siblings have write-request.ts: add it, or say "// no write-request.ts: reason" here',
    ])
    expect(checkSameFiles(wire('// no write-request.ts: a face only'))).toEqual([])
    expect(checkSameFiles(wire('// no write-request.ts:'))).toHaveLength(1)
  })
  test('a declaration that is not true is found', () => {
    const text = '// no write-request.ts: a face only\n// no index.ts: none'
    expect(checkSameFiles(wire(text)).map((finding) => finding.line)).toEqual([2])
  })
})

describe('docs/dependencies.md', () => {
  const check = (document: string): readonly string[] =>
    checkDependencies(
      new Map([
        ['package.json', '{"name":"root","devDependencies":{"vitest":"1"}}'],
        ['packages/core/package.json', '{"name":"@pointsman/core"}'],
        ['packages/engine/package.json', '{"name":"e","dependencies":{"undici":"1","@pointsman/core":"1"}}'],
        ['docs/dependencies.md', document],
      ]),
    ).map(({ line, says }) => `${line} ${says}`)
  const vitest = '| `vitest` | root | MIT | tests |'
  const undici = '| `undici` | engine | MIT | pools |'

  test('has one row for each direct dependency and for nothing else', () => {
    expect(check(`${vitest}\n${undici}`)).toEqual([])
    expect(check(vitest)).toEqual(['1 undici (engine) has no row with its reason'])
    expect(check(`${vitest}\n${undici}\n| \`left-pad\` | root | MIT | padding |`)).toEqual([
      '3 nothing depends on left-pad directly',
    ])
    expect(check(`${vitest}\n${undici}\n${undici}`)).toEqual(['3 a second row for undici'])
  })
  test('names who uses it, the licence and the reason', () => {
    expect(check(`${vitest}\n${undici.replace('engine', 'core')}`)).toEqual([
      '2 undici is used by engine, not core',
    ])
    expect(check(`${vitest}\n${undici.replace('MIT', '')}`)).toEqual([
      '2 undici lacks its licence or its reason',
    ])
    expect(check(`${vitest}\n${undici.replace('pools', '')}`)).toEqual([
      '2 undici lacks its licence or its reason',
    ])
  })
})

describe('package-lock.json', () => {
  const lock = {
    'packages/pointsman': {
      dependencies: { '@pointsman/engine': '1', a: '1' },
      devDependencies: { vitest: '1' },
    },
    'node_modules/@pointsman/engine': { link: true, resolved: 'packages/engine' },
    'packages/engine': { dependencies: { b: '1' } },
    'packages/engine/node_modules/b': {},
    'node_modules/b': {},
    'node_modules/a': { dependencies: { c: '1', gone: '1' }, optionalDependencies: { binary: '1' } },
    'node_modules/a/node_modules/c': { dependencies: { b: '1' } },
    'node_modules/binary': { hasInstallScript: true },
    'node_modules/vitest': { hasInstallScript: true },
  }
  const check = (packages: object): readonly string[] =>
    checkLockfile(new Map([['package-lock.json', JSON.stringify({ packages }, null, 2)]])).map(
      (finding) => finding.says,
    )

  test('the walk finds what serve installs', () => {
    expect(runtimePackages(lock, 'packages/pointsman')).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/c',
      'node_modules/b',
      'packages/engine/node_modules/b',
    ])
    expect(check(lock)).toEqual([])
  })
  test('a script at install, a host and a fifty-first package are found', () => {
    expect(check({ ...lock, 'node_modules/b': { hasInstallScript: true } })).toEqual([
      'node_modules/b runs a script when it is installed',
    ])
    expect(check({ ...lock, 'node_modules/b': { resolved: 'https://example.test/b.tgz' } })).toHaveLength(1)
    const many = Array.from({ length: 51 }, (_, index) => `p${index}`)
    const dependencies = Object.fromEntries(many.map((name) => [name, '1']))
    const places = Object.fromEntries(many.map((name) => [`node_modules/${name}`, {}]))
    expect(check({ 'packages/pointsman': { dependencies }, ...places })[0]).toMatch(
      'installs 51 packages, at most 50',
    )
  })
})

describe('leaks', () => {
  const leaks = { paths: ['/srv/builder/tree'], hosts: ['packages.example.test'] }
  const check = (text: string): readonly number[] =>
    checkLeaks(new Map([['README.md', text]]), leaks).map((finding) => finding.line)

  test('a path of the machine and the host of a registry are found', () => {
    expect(check('see\n/srv/builder/tree/x.ts and\n"/srv/builder/tree"')).toEqual([2, 3])
    expect(check('from https://packages.example.test/a')).toEqual([1])
  })
  test('a longer word that contains one is not', () => {
    expect(check('https://host.test/srv/builder/tree\n/srv/builder/trees\nmypackages.example.test')).toEqual(
      [],
    )
  })
})
