const [zero, nine] = [0x30, 0x39]

/**
 * The number that stands there in decimal digits and nothing else, at most so many (15: all of them are exact); null = it is
 * something else. Digit by digit: an expression that judges it and `Number`, which asks V8's runtime for each text that is
 * new, take 0.1 µs against 0.02, and heads have three of them.
 */
export function wholeNumber(text: string, mostDigits: number): number | null {
  const { length } = text
  if (length === 0 || length > mostDigits) return null
  let number = 0
  for (let at = 0; at < length; at += 1) {
    const digit = text.charCodeAt(at)
    if (digit < zero || digit > nine) return null
    number = number * 10 + digit - zero
  }
  return number
}
