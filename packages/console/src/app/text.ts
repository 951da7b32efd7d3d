import { defineText } from '../text/define-text.ts'

export const text = defineText('app', {
  name: 'Pointsman',
  skip: 'Skip to the content',
  navigation: 'Pages',
  openNavigation: 'Open the navigation',
  signIn: 'Sign in',
  signOut: 'Sign out',
  stillSignedIn: 'You are still signed in',
  signInTitle: 'Sign in to Pointsman',
  signInHint:
    'With a key of this server. It is checked once and not kept in the browser; the session lasts twelve hours.',
  signInWith: 'Sign in with {name}',
  signInOr: 'or with a key',
  signInHintBoth:
    'With your account, or with a key of this server, which is checked once and not kept in the browser.',
  signInProblems: {
    unreachable:
      '{name} does not answer, so it cannot sign you in just now. Try again in a moment, or use a key.',
    denied:
      '{name} did not sign you in: it was cancelled, or this application is not open to you. Try again, or ask whoever looks after your account.',
    refused:
      '{name} did not take what this server asked. Whoever runs this server finds why in its log, at sign_in_failed.',
    untrusted:
      'What {name} answered cannot be trusted, so nobody was signed in. Whoever runs this server finds why in its log, at sign_in_failed.',
    'no-rights':
      '{name} knows you, but nothing here is open to you. Ask whoever runs this server for a group that opens the console, then sign in again.',
    expired:
      'This way back from {name} was used before, took too long or began in another window. Begin again.',
    failed: 'This server could not sign you in with {name}. Its log names the cause. Try again in a moment.',
  },
  signInNowhere: 'the sign-in service',
  key: 'Key',
  keyHint: 'pointsman keys create --name NAME --scopes read,switch makes one. The service key works too.',
  keyEmpty: 'Enter a key.',
  sessionEnded: 'Your session has ended. Sign in again.',
  environment: 'Environment {name}',
  revision: 'Revision {number}',
  live: 'Live',
  connecting: 'Connecting',
  lost: 'Not live',
  liveHint: 'Changes show as they happen.',
  lostHint: 'The stream of changes is lost; it is opened anew by itself.',
  theme: 'Theme',
  themeLight: 'Light',
  themeDark: 'Dark',
  themeSystem: 'As the system',
  user: 'Signed in as {name}',
  scopes: 'Scopes: {scopes}',
  shortcuts: 'Keyboard shortcuts',
  shortcutPage: 'Go to {page}',
  shortcutHelp: 'This list',
  shortcutClose: 'Close a window',
  shortcutThen: 'then',
  notFoundTitle: 'There is no such page',
  notFound: 'The address may be mistyped, or what it showed is gone.',
  toOverview: 'To the first page',
  pageFailed: 'This page failed',
  pageFailedHint:
    'Its code could not be loaded or ran into an error. Reloading often helps, as after an update of the server.',
  reload: 'Reload',
  more: 'More',
})
