type Forms = { readonly [Form in Intl.LDMLPluralRule]?: string } & { readonly other: string }

/** `{ one: '# model', other: '# models' }` → the form that the language takes for a count, with its digits. */
export function countWords(language: string, forms: Forms): (count: number) => string {
  const rules = new Intl.PluralRules(language)
  const digits = new Intl.NumberFormat(language)
  return (count) => (forms[rules.select(count)] ?? forms.other).replace('#', digits.format(count))
}
