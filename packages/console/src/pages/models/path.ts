/** Where the page stands: `/models/ID` is one entry of the catalogue. */
export const path = '/models'
