import { describe, expect, test } from 'vitest'
import { PointsmanError } from '@pointsman/contract'
import { readExact } from './exact-values.ts'
import { readStatements } from './read-statements.ts'

const told = (text: string) => readStatements(text).map(({ command, kind }) => `${command} ${kind}`)
const texts = (text: string) => readStatements(text).map((statement) => statement.text)
const refusal = (text: string): string => {
  try {
    readStatements(text)
  } catch (error) {
    if (error instanceof PointsmanError && error.code === 'invalid_request') return error.message
    throw error
  }
  throw new Error(`it was taken: ${text}`)
}

describe('an operator’s text', () => {
  test('is taken apart where PostgreSQL would', () => {
    expect(
      texts(`-- one; two\nSELECT 1; /* ; /* ; */ ; */ SELECT ';''' , ";", $$;$$, $a$;$$;$a$ ;;`),
    ).toEqual(['SELECT 1', `SELECT ';''' , ";", $$;$$, $a$;$$;$a$`])
    expect(texts(`SELECT E'\\';' , 'a\\'; SELECT 2`)).toEqual([`SELECT E'\\';' , 'a\\'`, 'SELECT 2'])
    // A literal goes on in the next line with the meaning that backslashes had.
    expect(texts(`SELECT E'a' -- so\n  'b\\'; SELECT 2'`)).toHaveLength(1)
    expect(texts(`SELECT U&'\\0041;', B'1', x'1F', N';', a$b, $1 FROM "a;""b"`)).toHaveLength(1)
    expect(texts('\uFEFFSELECT 1')).toEqual(['SELECT 1'])
    expect(texts(`SELECT '${"x''".repeat(200_000)}'`)).toHaveLength(1)
  })

  test.each([
    ['dashes after a literal', `SELECT E'a' ${'-'.repeat(50_000)}\nFROM t`],
    ['lines of dashes after a literal', `SELECT E'a'\n${`${'-'.repeat(60)}\n`.repeat(1_000)}FROM t`],
    ['blanks and dashes after a literal', `SELECT E'a'${' --\t-- \n'.repeat(5_000)} , 1`],
    ['literals in many lines', `SELECT E'a' ${`-- ${'-'.repeat(60)}\n 'b'`.repeat(1_000)} , 1`],
  ])('is read at once: %s', (_, text) => {
    const began = performance.now()
    expect(texts(text)).toHaveLength(1)
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  test('says of each statement whether it reads, gives rows or only changes', () => {
    expect(
      told(`SELECT 1; (SELECT 1) UNION (VALUES (1)); TABLE x; VALUES (1);
        WITH update AS (SELECT 1), "delete" AS (SELECT 2) SELECT * FROM update;
        WITH a AS (UPDATE b SET c = 1 RETURNING *) SELECT * FROM a;
        WITH RECURSIVE a(n) AS (SELECT 1) SEARCH DEPTH FIRST BY n SET o UPDATE b SET c = 1;
        UPDATE a SET b = 1; DELETE FROM a RETURNING b; INSERT INTO a VALUES (1);
        INSERT INTO a SELECT x FROM (DELETE FROM b RETURNING x) AS y; SELECT 1 FOR UPDATE;
        EXPLAIN SELECT 1; SHOW server_version; SET LOCAL pointsman.reason = 'a'; SET pointsman.reason TO 'b'`),
    ).toEqual(
      (
        'SELECT reads,SELECT reads,TABLE reads,VALUES reads,SELECT returns,SELECT returns,UPDATE changes,' +
        'UPDATE changes,DELETE returns,INSERT changes,INSERT changes,SELECT returns,' +
        'EXPLAIN returns,SHOW returns,SET changes,SET changes'
      ).split(','),
    )
  })

  test.each([
    ['COMMIT', 'COMMIT is not taken here (line 1). All statements run in one transaction'],
    ['SELECT 1;\nROLLBACK; DROP TABLE x', 'ROLLBACK is not taken here (line 2).'],
    ['SET ROLE postgres', 'SQL runs as service_role here'],
    ['RESET ROLE', 'SQL runs as service_role here'],
    ['SET SESSION AUTHORIZATION postgres', 'SQL runs as service_role here'],
    ["SET LOCAL pointsman.actor = '{}'", 'only SET pointsman.reason'],
    [`SET pointsman.reason = 'a', ROLE = 'b'`, 'only SET pointsman.reason'],
    ['DO $$ BEGIN PERFORM 1; END $$', 'DO is not taken here'],
    ["COPY x TO PROGRAM 'id'", 'COPY is not taken here'],
    ['CREATE TABLE x ()', 'a change of the schema is a migration'],
    ['SELECT 1 INTO x', 'SELECT is not taken here'],
    ['WITH a AS (SELECT 1) MOVE x', 'WITH is not taken here'],
    ['LISTEN x', 'LISTEN is not taken here'],
    ['SET CONSTRAINTS ALL IMMEDIATE', 'SET is not taken here'],
    ['\\d bedrock_models', 'It is a command of psql'],
    ['"select" 1', '"select" is not taken here'],
    [' ; -- nothing', 'There is no statement'],
    ['', 'There is no statement'],
    ["SELECT\n 'a", "The quote at line 2, column 2 is not closed: 'a"],
    ['SELECT "a', 'The quote at line 1, column 8 is not closed'],
    ['SELECT /* /* */ 1', 'The comment at line 1'],
    ['SELECT $x$ 1', 'The text that begins with $x$ at line 1'],
    ['SELECT 1;'.repeat(501), 'There are 501 statements'],
  ])('%j is refused: %s', (text, words) => {
    expect(refusal(text)).toContain(words)
  })
})

test('a number of many zeros is read at once', () => {
  const long = `1${'0'.repeat(130_000)}.5`
  const began = performance.now()
  expect(readExact(`[${long}, 0.0, 10.00, 100.50, -0.010]`)).toEqual([long, 0, 10, 100.5, -0.01])
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('numbers that a double does not hold stay text', () => {
  expect(
    readExact(
      '[1.50, 9007199254740993, 0.1234567890123456789, 1e+300, 1e-07, -0.5, {"a": [12345678901234567890]}]',
    ),
  ).toEqual([
    1.5,
    '9007199254740993',
    '0.1234567890123456789',
    1e300,
    1e-7,
    -0.5,
    { a: ['12345678901234567890'] },
  ])
})
