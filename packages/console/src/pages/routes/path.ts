export const path = '/routes'
