// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { signInProblems, takeSignInProblem, type Oidc, type SignInProblem } from '../session/session.ts'
import { SignIn } from './sign-in.tsx'

afterEach(cleanup)

const oidc: Oidc = {
  name: 'Example <b>Login</b>',
  url: 'https://models.example.org/console/api/session/oidc',
}
const show = (props: { readonly oidc: Oidc | null; readonly problem?: SignInProblem }) =>
  render(<SignIn hasEnded={false} problem={null} onSignedIn={() => undefined} {...props} />)

test('without an issuer there is a key alone', () => {
  show({ oidc: null })
  expect(screen.getAllByRole('button').map(({ textContent }) => textContent)).toEqual(['Sign in'])
})

test('the issuer’s name is text, and a key still opens the console', () => {
  show({ oidc })
  expect(screen.getAllByRole('button').map(({ textContent }) => textContent)).toEqual([
    'Sign in with Example <b>Login</b>',
    'Sign in',
  ])
  expect(document.querySelector('b')).toBe(null)
})

test.each(signInProblems)('what went wrong is said in a sentence: %s', (problem) => {
  show({ oidc, problem })
  const said = screen.getByRole('alert').textContent
  expect(said).toMatch(/^[A-Z].*\.$/)
  expect(said).not.toMatch(/[{}]/)
})

test('a problem is taken out of the address once, and only one that is known', () => {
  const at = (path: string): void => history.replaceState(null, '', path)
  at('/console/?sign-in=denied&from=mail')
  expect(takeSignInProblem()).toBe('denied')
  expect(location.search).toBe('?from=mail')
  expect(takeSignInProblem()).toBe(null)
  at('/console/?sign-in=constructor')
  expect(takeSignInProblem()).toBe(null)
  expect(location.search).toBe('')
})
