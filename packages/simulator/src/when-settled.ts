/** Goes on once a value is there: `take` gives it, or throws what it failed with, so that a step's guard sees that too. */
export function whenSettled<Value>(value: Promise<Value>, next: (take: () => Value) => void): void {
  value.then(
    (given) => next(() => given),
    (error: unknown) => {
      next(() => {
        throw error
      })
    },
  )
}
