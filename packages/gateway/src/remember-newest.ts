/** Keeps what was said last of each key, and of the keys the newest `most`: the oldest one goes. */
export function rememberNewest<Value>(
  known: Map<string, Value>,
  [key, value]: readonly [key: string, value: Value],
  most: number,
): void {
  known.delete(key)
  known.set(key, value)
  if (known.size <= most) return
  const oldest = known.keys().next()
  if (oldest.done !== true) known.delete(oldest.value)
}
