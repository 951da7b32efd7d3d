/** Where the page stands: `/switches/ID` is one switch. */
export const path = '/switches'
