export const path = '/playground'
