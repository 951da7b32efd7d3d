/** Of keys, signatures and secrets: some hundred bytes, which are given to one call as its arguments. */
export const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))
