/** The addresses of the gateway are written into the client: the document's, or one that the test gives. */
export default {
  gateway: {
    input: { target: '../../../docs/openapi.json' },
    output: {
      target: '.generated/orval/client.ts',
      client: 'fetch',
      baseUrl: process.env.GATEWAY_URL ?? { getBaseUrlFromSpecification: true },
    },
  },
};
