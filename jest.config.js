const common = {
  testEnvironment: 'node',
  testEnvironmentOptions: { globalsCleanup: 'off' }, // TypeORM keeps its metadata on the global object
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.[tj]s$': ['@swc/jest'] },
  // ESM-only packages that CommonJS packages require(): @fastify/static, light-my-request (app.inject)
  transformIgnorePatterns: ['/node_modules/(?!(content-disposition|cookie)/)'],
  moduleNameMapper: {
    '^@halfway/mq/testing$': '<rootDir>/libs/mq/src/testing.ts',
    '^@halfway/(mq|contracts|service|faults)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/dist-edited/'],
};
const real = { globalSetup: '<rootDir>/test/global-setup.mjs', globalTeardown: '<rootDir>/test/global-teardown.mjs' };
const project = (displayName, suffix, extra = {}) => ({
  ...common,
  ...extra,
  displayName,
  testMatch: [`<rootDir>/{apps,libs,test,scenarios,examples}/**/*.${suffix}.ts`],
});

export default {
  testTimeout: 60_000, // the default 5 s expires in hooks on a busy machine
  projects: [project('unit', 'spec'), project('int', 'int-spec', real), project('e2e', 'e2e-spec', real)],
};
