/** The directions of docs/architecture: what may know what. `test/support/check-rules.ts` runs them and counts the modules. */
const practices = [
  'assessments',
  'training',
  'authentication',
  'encryption',
  'patching',
  'access',
  'continuity',
  'vendors',
  'incidents',
  'compliance',
  'technologies',
]

const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: allowed },
})

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('platform-knows-no-noun', '^src/platform/', '^src/platform/'),
    only('core-knows-platform', '^src/core/', '^src/(core|platform)/'),
    only('sources-know-core', '^src/sources/', '^src/(sources|core|platform)/'),
    only('sample-knows-platform', '^src/sample/', '^src/(sample|platform)/'),
    only('practices-know-core', '^src/practices/', '^src/(practices|core|platform|sources)/'),
    ...practices.map((name) => ({
      name: `${name}-alone`,
      severity: 'error',
      from: { path: `^src/practices/${name}/` },
      to: { path: '^src/practices/', pathNot: `^src/practices/${name}/` },
    })),
    {
      name: 'practices-have-one-door',
      comment: 'Only the list of practices opens a practice; a report is a door of its own.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/practices/' },
      to: { path: '^src/practices/[^/]+/', pathNot: '^src/practices/compliance/report/report\\.ts$' },
    },
    {
      name: 'driver-only-in-platform',
      comment: 'SQL stands in store.ts and safeguards.ts; only platform knows Kysely and the driver.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/' },
      to: { path: 'node_modules/(pg|kysely|pg-copy-streams)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sql-only-in-stores',
      severity: 'error',
      from: {
        path: '^src/(core|practices|sources)/',
        pathNot: '(/store\\.ts|/store/|/safeguards\\.ts|/check\\.ts|\\.test\\.ts)$',
      },
      to: { path: '^src/platform/database\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-test-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '(\\.test\\.ts$|^test/|^bench/|^src/platform/testing\\.ts$)' },
    },
    {
      name: 'no-dev-packages',
      severity: 'error',
      from: { path: '^src/', pathNot: '(\\.test\\.ts$|^src/platform/testing\\.ts$)' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
