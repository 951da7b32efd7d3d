import { useSyncExternalStore } from 'react'

export type ThemeChoice = 'light' | 'dark' | 'system'

const key = 'pointsman-theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

const isChoice = (text: string | null): text is ThemeChoice =>
  text === 'light' || text === 'dark' || text === 'system'

function stored(): ThemeChoice {
  const text = localStorage.getItem(key)
  return isChoice(text) ? text : 'system'
}

export const shownTheme = (): 'light' | 'dark' => {
  const choice = stored()
  return choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice
}

function show(): void {
  document.documentElement.dataset['theme'] = shownTheme()
  for (const listener of [...listeners]) listener()
}

/** Shows the theme that was chosen here, or the system's, and follows the system. */
export function startTheme(): void {
  show()
  dark.addEventListener('change', show)
}

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(key, choice)
  show()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, stored)
/** For what draws by itself, as plots do. */
export const useShownTheme = (): 'light' | 'dark' => useSyncExternalStore(subscribe, shownTheme)
