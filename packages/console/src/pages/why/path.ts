/** Where the page stands: `/why/ID` explains one request, `/why?conversation=ID` lists those of a conversation. */
export const path = '/why'
