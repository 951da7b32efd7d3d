export const path = '/usage'
