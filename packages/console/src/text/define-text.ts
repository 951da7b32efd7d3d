/** A message: a text with `{names}` in it, or one text for each plural form of `{count}`. */
export type Message = string | { readonly one: string; readonly other: string }
/** Messages by key; what belongs together, as the words of a choice, may stand in a group. */
export type Messages = { readonly [key: string]: Message | { readonly [key: string]: Message } }

/** Other languages by language and catalogue; what a translation lacks stays English. */
type Translations = {
  readonly [language: string]: { readonly [catalogue: string]: Messages | undefined } | undefined
}
const translations: Translations = {}

export const language: string = document.documentElement.lang || 'en'

/**
 * A page's catalogue: every message that it shows, under a key. Kept in one file a page (`text.ts`), so that a translator gets
 * whole sentences and sees all of them.
 */
export function defineText<const Catalogue extends Messages>(name: string, english: Catalogue): Catalogue {
  const translated = translations[language]?.[name]
  return translated === undefined ? english : { ...english, ...translated }
}
