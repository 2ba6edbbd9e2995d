/** The description of the interface for programs (OpenAPI 3.1), made from the contracts: it cannot say another thing. */
import { z } from 'zod'
import type { Bound } from '#core/door.ts'
import { type Endpoint, roles, wordsOf } from '#platform/contract.ts'
import { refusalKinds } from '#platform/refusal.ts'

type Json = { [key: string]: unknown }

const describe = (schema: z.ZodType) => {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json
  return described
}

export function describeInterface(bounds: readonly Bound[], version: string, server: string): Json {
  const paths: Record<string, Json> = {}
  for (const { endpoint } of bounds) {
    const path = `/api${endpoint.path}`
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: describeEndpoint(endpoint) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vigil',
      version,
      description:
        'Every use case of Vigil. Programs send a token (Authorization: Bearer vigil_token_…). A change may carry an ' +
        'Idempotency-Key: sent again with the same key it is not done again. What is refused is told as problem details ' +
        '(RFC 9457) with a stable code. Lists are pages: hand `next` in as `after`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server }],
    tags: [...new Set(bounds.map(({ endpoint }) => sliceOf(endpoint)))].map((name) => ({ name })),
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token of a program.' },
        session: { type: 'apiKey', in: 'cookie', name: 'vigil', description: 'The session of a browser.' },
      },
      schemas: { Problem: problem },
    },
  }
}

const problem = {
  type: 'object',
  description: 'Why a request was refused (RFC 9457).',
  properties: {
    type: { type: 'string' },
    title: { type: 'string', description: 'What is wrong, in a sentence.' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable; docs/refusals.md lists all of them.' },
    hint: { type: 'string', description: 'What to do next.' },
    instance: { type: 'string', description: 'The number of the request.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' } },
        required: ['path', 'message'],
      },
    },
  },
  required: ['title', 'status', 'code'],
}

function describeEndpoint(endpoint: Endpoint): Json {
  const input = describe(endpoint.input) as { properties?: Record<string, Json>; required?: string[] }
  const words = new Set(wordsOf(endpoint.path))
  const isByQuery = endpoint.method === 'GET' || endpoint.carriage === 'upload'
  const properties = Object.entries(input.properties ?? {})
  const required = new Set(input.required)
  const parameters = properties
    .filter(([name]) => words.has(name) || isByQuery)
    .map(([name, schema]) => ({
      name,
      in: words.has(name) ? 'path' : 'query',
      required: words.has(name) || required.has(name),
      schema,
    }))
  if (endpoint.effect === 'change' && endpoint.carriage === 'json') {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header' as 'query',
      required: false,
      schema: { type: 'string', pattern: '^[\\w-]{8,100}$' },
    })
  }
  const inBody = properties.filter(([name]) => !words.has(name))
  const body =
    endpoint.carriage === 'upload'
      ? { required: true, content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } }
      : isByQuery
        ? undefined
        : {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  additionalProperties: false,
                  properties: Object.fromEntries(inBody),
                  required: inBody.map(([name]) => name).filter((name) => required.has(name)),
                },
              },
            },
          }
  return {
    operationId: endpoint.name,
    summary: endpoint.summary,
    tags: [sliceOf(endpoint)],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: { '200': { description: 'Done.', content: describeAnswer(endpoint) }, default: refused },
    ...(endpoint.roles === 'nobody' ? { security: [] } : {}),
    'x-roles': typeof endpoint.roles === 'string' ? endpoint.roles : endpoint.roles.map((role) => roles[role]),
    'x-scope': typeof endpoint.roles !== 'string' && endpoint.roles.includes('api-client') ? endpoint.scope : null,
    'x-effect': endpoint.effect,
    'x-carriage': endpoint.carriage,
  }
}

const refused = {
  description: `Refused: ${Object.entries(refusalKinds)
    .map(([kind, status]) => `${status} ${kind}`)
    .join(', ')}.`,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

function describeAnswer(endpoint: Endpoint): Json {
  switch (endpoint.carriage) {
    case 'download':
      return { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
    case 'events':
      return { 'text/event-stream': { schema: { type: 'string' } } }
    case 'json':
    case 'upload':
      return { 'application/json': { schema: describe(endpoint.output) } }
  }
}

function sliceOf({ name }: Endpoint): string {
  return name.split('.')[0] ?? name
}
