/** Where the page stands: `/agents/sql_agent` is one agent. */
export const path = '/agents'
