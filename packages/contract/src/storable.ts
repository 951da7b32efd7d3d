/** PostgreSQL keeps no NUL, and half a surrogate pair would be stored as another text than the one that was sent. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000')
