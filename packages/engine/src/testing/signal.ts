/** One thing that a test waits for, or makes others wait for. */
export class Signal {
  readonly given: Promise<void>
  give: () => void = () => undefined

  constructor() {
    this.given = new Promise((resolve) => {
      this.give = resolve
    })
  }
}
