/** Where a route's page stands. Its kind's own "/" stays one; what a name holds of the signs of an address does not end it. */
export const routeAddress = (key: string): string =>
  `/routes/${key.split('/').map(encodeURIComponent).join('/')}`
