// Plain JavaScript: ESLint reads a configuration in TypeScript only with one more package.
import { defineConfig } from 'eslint/config'
import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

import { impureGlobals, pureRooms } from './tools/laws/purity.ts'

/** @param {...string} names */
const rooms = (...names) => names.map((name) => `packages/${name}/src/**/*.ts`)
const tests = [
  '**/*.test.{ts,tsx}',
  '**/*.test-support.ts',
  '**/{testing,conformance}/**/*.ts',
  'tests/**/*.ts',
  'bench/**/*.ts',
]

const never = [
  {
    selector: "MemberExpression[object.name='AbortSignal'][property.name='any']",
    message: 'AbortSignal.any leaks where one signal lives long (nodejs/node#54614): join them by hand.',
  },
]
/** `no-empty` takes a comment for an answer. A failure that may be ignored is counted, or named in an exception. */
const noSilence = ['CatchClause > BlockStatement[body.length=0]']
  .concat(
    ['[body.body.length=0]', "[body.type='Identifier'][body.name='undefined']"].map(
      (nothing) => `CallExpression[callee.property.name='catch'] > ArrowFunctionExpression${nothing}`,
    ),
  )
  .map((selector) => ({
    selector,
    message: 'Nothing is lost in silence: count it, tell it, or let it pass on.',
  }))
const noForeignJson = {
  selector: "MemberExpression[object.name='JSON'][property.name='parse']",
  message: 'Foreign JSON is parsed only in wire and behind the schemas of control.',
}
const noEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Only pointsman reads the environment: take the value as an argument.',
}
const noChance = {
  selector: "MemberExpression[object.name='Math'][property.name='random']",
  message: 'Chance is handed in.',
}
/** A later entry replaces an earlier one, so each says its whole list. */
const restricted = (...more) => ({ 'no-restricted-syntax': ['error', ...never, ...noSilence, ...more] })

const noNode = {
  'no-restricted-imports': [
    'error',
    { patterns: [{ regex: '^node:', message: 'This runs in browsers: it imports nothing of Node.' }] },
  ],
}

const pure = {
  'no-restricted-globals': [
    'error',
    ...impureGlobals.map((name) => ({ name, message: 'core and wire are pure: it is handed in.' })),
  ],
  'no-restricted-imports': [
    'error',
    { patterns: [{ regex: '^node:', message: 'core and wire are pure: they import nothing of Node.' }] },
  ],
}

export default defineConfig(
  { ignores: ['**/node_modules/', '**/coverage/', '**/dist/', '**/.pointsman/', '**/*.js'] },
  // A line each, for Deno, whose types are not Node's; a test runs them.
  { ignores: ['supabase/functions/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.browser.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Numbers and booleans in a text are meant; objects, null and undefined are not.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `return resolve()` ends a branch; nothing is won by a second line.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // A port says Promise, and an implementation that throws shall reject: `async` without `await` does that.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-empty': 'error',
      'no-param-reassign': 'error',
      'prefer-const': 'error',
      ...restricted(noForeignJson, noEnvironment),
    },
  },
  {
    files: rooms('wire', 'control', 'registry', 'journal', 'simulator', 'sdk', 'cli', 'notify'),
    rules: restricted(noEnvironment),
  },
  {
    files: ['packages/console/src/**/*.tsx', 'packages/console/src/**/use-*.ts'],
    extends: [hooks.configs.flat.recommended],
    // The React Compiler does not build the console: what it would skip is of no matter.
    rules: { 'react-hooks/incompatible-library': 'off' },
  },
  { files: rooms('core'), rules: { ...pure, ...restricted(noForeignJson, noChance) } },
  { files: rooms('notify'), rules: noNode },
  // An example is a program of its own: its main file is its door.
  { files: ['examples/*/main.ts'], rules: restricted(noForeignJson) },
  { files: rooms('wire'), rules: { ...pure, ...restricted(noChance) } },
  { files: rooms('pointsman'), rules: restricted(noForeignJson) },
  {
    files: [...rooms('pointsman', 'cli'), 'tools/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: [...tests, 'tools/**/*.ts', 'bench/**/*.ts', '*.config.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...never],
      'no-restricted-globals': 'off',
      'no-restricted-imports': 'off',
    },
  },
  // Generators are given characters one by one: `fc.constantFrom(...'abc')`.
  { files: tests, rules: { '@typescript-eslint/no-misused-spread': 'off' } },
)
