export const path = '/overview'
