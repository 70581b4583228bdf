const rule = (name, from, to) => ({ name, severity: 'error', from, to });
const spec = '[.-]spec[.]ts$'; // .spec.ts, .int-spec.ts, ...
module.exports = {
  forbidden: [
    rule('domain-is-pure', { path: '^apps/[^/]+/src/domain/', pathNot: spec }, { pathNot: '^apps/[^/]+/src/domain/' }),
    rule('apps-are-strangers', { path: '^apps/([^/]+)/' }, { path: '^apps/', pathNot: '^apps/$1/' }),
    rule(
      'slices-are-strangers',
      { path: '^apps/([^/]+)/src/([^/]+)/', pathNot: '^apps/[^/]+/src/(domain|persistence)/' },
      { path: '^apps/$1/src/[^/]+/', pathNot: '^apps/$1/src/($2|domain|persistence)/' },
    ),
    rule(
      'persistence-knows-no-slice',
      { path: '^apps/([^/]+)/src/persistence/', pathNot: spec }, // a spec may start the whole service
      { path: '^apps/$1/src/', pathNot: '^apps/$1/src/(domain|persistence)/' },
    ),
    rule('libs-know-no-app', { path: '^libs/' }, { path: '^apps/' }),
    rule('scenarios-know-no-app', { path: '^scenarios/' }, { path: '^apps/' }),
    // Who judges must not share an error with what is judged; who breaks things may speak to the broker as the services do.
    rule('judges-know-no-lib', { path: '^scenarios/', pathNot: '^scenarios/(faults|chaos)/' }, { path: '^libs/' }),
    rule(
      'source-knows-no-scenario',
      { path: '^(apps/(order|inventory)|libs)/', pathNot: spec },
      { path: '^scenarios/' },
    ),
    rule('mq-knows-no-other-lib', { path: '^libs/mq/' }, { path: '^libs/', pathNot: '^libs/mq/' }),
    rule('examples-know-no-app', { path: '^examples/' }, { path: '^apps/' }),
    rule(
      'libs-through-front-door',
      { path: '^(apps|test|examples)/', pathNot: `${spec}|^test/` },
      { path: '^libs/[^/]+/src/', pathNot: '/src/index[.]ts$' },
    ),
    rule(
      'tests-through-front-door',
      { path: `^apps/.*${spec}|^(test|scenarios)/` },
      { path: '^libs/[^/]+/src/', pathNot: '/src/(index|testing)[.]ts$' },
    ),
    rule(
      'one-door-to-rocketmq',
      { pathNot: '^libs/mq/src/rocketmq/|node_modules' },
      { path: 'node_modules/rocketmq-client-nodejs' },
    ),
    rule(
      'no-dev-dependency-in-source',
      { path: '^(apps|libs)/', pathNot: `${spec}|/testing[.]ts$` },
      { dependencyTypes: ['npm-dev'] },
    ),
    rule('no-unlisted-package', {}, { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] }),
    rule('not-resolvable', {}, { couldNotResolve: true }),
    rule('no-cycles', {}, { circular: true }),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
