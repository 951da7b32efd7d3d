/** Where the page stands: `/providers/bedrock` is one provider, `/providers/keys/ID` one of the gateway's keys. */
export const path = '/providers'
