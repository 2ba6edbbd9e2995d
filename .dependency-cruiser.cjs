/** The directions of docs/architecture: what may know what. `tools/check-rules.ts` runs them and counts the modules. */
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

// Screens are the web's: they see contracts, models and the kit, and have rules of their own.
const screens = '/screens/'

const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: `(\\.test\\.tsx?$|${from.includes(screens) ? '^$' : screens})` },
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
    only('trail-could-leave', '^src/trail/', '^src/(trail|platform)/'),
    only('practices-know-core', '^src/practices/', '^src/(practices|core|platform|sources|trail)/'),
    only('server-knows-no-terminal', '^src/server/', '^src/(server|practices|core|platform|sources|trail)/'),
    only('cli-opens-the-server', '^src/cli/', '^src/(cli|server|practices|core|platform|sources|sample|trail)/'),
    only('kit-knows-no-noun', '^src/ui/', '^src/(ui/|platform/(contract|days)\\.ts$)'),
    only(
      'screens-know-kit-and-contracts',
      '/screens/',
      '(^src/ui/|/screens/|/contract\\.ts$|/model\\.ts$|/model/|^src/platform/(contract|days)\\.ts$)',
    ),
    only(
      'shell-knows-screens',
      '^src/web/',
      '(^src/(web|ui)/|/screens/|/contract\\.ts$|^src/platform/(contract|days)\\.ts$)',
    ),
    {
      name: 'react-only-in-the-web',
      severity: 'error',
      from: { path: '^src/', pathNot: '(^src/(web|ui)/|/screens/)' },
      to: { path: 'node_modules/(react|react-dom|@mantine|@tanstack|@tabler)/' },
    },
    ...practices.map((name) => ({
      name: `${name}-alone`,
      severity: 'error',
      from: { path: `^src/practices/${name}/` },
      to: { path: '^src/practices/', pathNot: `^src/practices/${name}/` },
    })),
    {
      name: 'practices-have-one-door',
      comment: 'Only the list of practices opens a practice on the server; screens and contracts are the web’s door.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/practices/' },
      to: {
        path: '^src/practices/[^/]+/',
        pathNot: '(^src/practices/compliance/report/report\\.ts$|/screens/|/contract\\.ts$)',
      },
    },
    {
      name: 'driver-only-in-platform',
      comment: 'SQL stands in store.ts and safeguards.ts; only platform knows Kysely and the driver.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/' },
      to: { path: 'node_modules/(pg|kysely|pg-copy-streams)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'engines-only-in-the-trail-store',
      comment: 'What keeps the accesses is known to the store of the trail alone.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/trail/store/' },
      to: { path: 'node_modules/@(duckdb|clickhouse)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sql-only-in-stores',
      severity: 'error',
      from: {
        path: '^src/(core|practices|sources)/',
        pathNot: '(/store/|(/store|/safeguards|/check|\\.test)\\.ts$)',
      },
      to: { path: '^src/platform/database\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-test-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '(\\.test\\.tsx?$|/testing\\.ts$|/kill-child\\.ts$)' },
      to: { path: '(\\.test\\.tsx?$|^test/|^bench/|/testing\\.ts$)' },
    },
    {
      name: 'no-dev-packages',
      severity: 'error',
      // What the web is built from is bundled.
      from: { path: '^src/', pathNot: '(\\.test\\.ts$|/testing\\.ts$|^src/(web|ui)/|/screens/)' },
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
