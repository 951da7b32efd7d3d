/** What is known of a switch, for wording it in another language than the server's. */
export interface SwitchFacts {
  readonly type: 'auto' | 'manual'
  readonly modelName: string
  /** Display name of the model before; null = none, or not known. */
  readonly from: string | null
  /** As somebody wrote it, in whatever language. */
  readonly reason: string | null
}

/** Everything that the components say. A translation is another value of this type. */
export interface NotifyMessages {
  /** BCP 47: chooses the voice of a screen reader and the rules of plurals. */
  readonly language: string
  readonly notification: {
    readonly autoTitle: string
    readonly manualTitle: string
    /** Name of the place where notices stand, for those who hear the page. */
    readonly region: string
    readonly close: string
    /** Null = the server's own words, which are English. */
    readonly switched: ((facts: SwitchFacts) => string) | null
  }
  readonly dialog: {
    readonly title: string
    /** Stands before the name of the model that serves now. */
    readonly current: string
    /** Marks that model in the list. */
    readonly isCurrent: string
    readonly isUnavailable: string
    readonly models: string
    readonly search: string
    readonly found: (count: number) => string
    readonly none: string
    readonly cancel: string
    readonly choose: string
  }
  readonly confirmation: {
    readonly title: string
    readonly from: string
    readonly to: string
    readonly reason: string
    readonly cancel: string
    readonly confirm: string
  }
}
