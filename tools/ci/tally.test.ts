import { expect, test } from 'vitest'

import { tally } from './tally.ts'

function report(tests: Record<string, string>, status = 'passed'): string {
  const assertionResults = Object.entries(tests).map(([fullName, outcome]) => ({ fullName, status: outcome }))
  return JSON.stringify({ testResults: [{ name: 'a.test.ts', status, assertionResults }] })
}

test('counts tests and checks', () => {
  const run = {
    name: 'tests',
    report: report({ one: 'passed', two: 'failed', three: 'skipped' }),
    exitCode: 1,
  }
  expect(
    tally(
      [run],
      [
        { name: 'lint', outcome: 'passed' },
        { name: 'types', outcome: 'failed' },
        { name: 'bench: no time', outcome: 'skipped' },
      ],
    ),
  ).toMatchObject({
    passed: ['lint', 'a.test.ts one'],
    failed: ['types', 'a.test.ts two'],
    skipped: ['bench: no time', 'a.test.ts three'],
  })
})

test('a test of two runs counts once: failed anywhere is failed, skipped is skipped everywhere', () => {
  const first = report({ one: 'passed', two: 'skipped', three: 'skipped', four: 'failed' })
  const second = report({ one: 'failed', two: 'passed', three: 'pending', four: 'passed' })
  const runs = [
    { name: 'first', report: first, exitCode: 1 },
    { name: 'second', report: second, exitCode: 1 },
  ]
  expect(tally(runs, [])).toMatchObject({
    passed: ['a.test.ts two'],
    failed: ['a.test.ts one', 'a.test.ts four'],
    skipped: ['a.test.ts three'],
  })
})

test('tests of one name in one file are several', () => {
  const assertionResults = ['passed', 'failed', 'passed'].map((status) => ({ fullName: 'row', status }))
  const text = JSON.stringify({ testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults }] })
  expect(tally([{ name: 'tests', report: text, exitCode: 1 }], [])).toMatchObject({
    passed: ['a.test.ts row', 'a.test.ts row (3)'],
    failed: ['a.test.ts row (2)'],
    skipped: [],
  })
})

test('a failure that no test shows is not lost', () => {
  expect(tally([{ name: 'tests', report: null, exitCode: 137 }], []).failed).toEqual([
    'tests: ended with 137 and no report',
  ])
  expect(tally([{ name: 'tests', report: report({}, 'failed'), exitCode: 1 }], []).failed).toEqual([
    'a.test.ts: the file itself',
  ])
  expect(tally([{ name: 'tests', report: report({ one: 'passed' }), exitCode: 1 }], []).failed).toEqual([
    'tests: ended with 1',
  ])
})

test('of a file whose hook failed it is told what the hook said', () => {
  const run = {
    ...{ name: 'tests', report: report({ one: 'passed' }, 'failed'), exitCode: 1 },
    errorsOfHooks: { 'a.test.ts': 'Error: the folder is not empty\n    at afterAll' },
  }
  const { failed, messages } = tally([run], [])
  expect(failed).toEqual(['a.test.ts: the file itself'])
  expect([...messages.values()]).toEqual(['Error: the folder is not empty\n    at afterAll'])
  // Beside a failed test, too.
  const beside = { ...run, report: report({ one: 'failed' }, 'failed') }
  expect(tally([beside], []).failed).toEqual(['a.test.ts one', 'a.test.ts: the file itself'])
})

test('what a failed test said first is kept', () => {
  const said = [
    'AssertionError: expected 1 to be 2',
    ...Array.from({ length: 40 }, (_, line) => `    at ${line}`),
  ]
  const assertionResults = [
    { fullName: 'one', status: 'failed', failureMessages: [said.join('\n')] },
    { fullName: 'two', status: 'passed', failureMessages: [] },
  ]
  const text = JSON.stringify({ testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults }] })
  const { messages } = tally([{ name: 'tests', report: text, exitCode: 1 }], [])
  expect([...messages]).toEqual([['a.test.ts one', said.slice(0, 12).join('\n')]])
})
