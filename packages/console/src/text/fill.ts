import { language, type Message } from './define-text.ts'

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never
type NamesOf<Given extends Message> = Given extends string
  ? NamesIn<Given>
  : Given extends { readonly one: infer One extends string; readonly other: infer Other extends string }
    ? NamesIn<One> | NamesIn<Other> | 'count'
    : never

const plurals = new Intl.PluralRules(language)
const numbers = new Intl.NumberFormat(language)

/** A message with its names filled in; `count` chooses the plural form. A name that the message lacks does not compile. */
export function fill<const Given extends Message>(
  message: Given,
  values: { readonly [Name in NamesOf<Given>]: string | number },
): string {
  const given = values as { readonly [name: string]: string | number }
  const text = typeof message === 'string' ? message : message[pluralOf(given['count'])]
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = given[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? numbers.format(value) : value
  })
}

const pluralOf = (count: string | number | undefined): 'one' | 'other' =>
  plurals.select(Number(count)) === 'one' ? 'one' : 'other'
