/** The same 0 ≤ chance < 1 on every replica for one text, e.g. a conversation's id. Not for secrets. */
export declare function chanceFromText(text: string): number
