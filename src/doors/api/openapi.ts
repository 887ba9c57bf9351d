import type { TSchema } from 'typebox';
import { type FaultCode, faults } from '../../base/fault.ts';
import { WHY_CHARACTERS_MAX } from '../../base/why.ts';
import type { Route } from './route.ts';
import { problem, problemWith } from './schemas/problem.ts';
import { WHY_HEADER } from './why.ts';

type Json = Record<string, unknown>;

const REPEATABLE = 'It may be repeated as it is: an Idempotency-Key is taken, and the request is carried out again.';

const everyRoute: readonly FaultCode[] = [
  'internal',
  'store_unavailable',
  'store_full',
  'stopping',
  'malformed_request',
  'request_timeout',
  'headers_too_large',
  'invalid_request',
];
const routesWithBody: readonly FaultCode[] = ['malformed_body', 'body_too_large', 'unsupported_media_type'];
const routesForKeys: readonly FaultCode[] = [
  'credential_missing',
  'credential_invalid',
  'network_not_allowed',
  'verb_not_allowed',
];
const routesWithKey: readonly FaultCode[] = ['idempotency_mismatch', 'idempotency_in_progress'];

const isForKeys = (route: Route) => route.who !== 'public' && route.who !== 'operator';
const mayHaveBody = (route: Route) => route.method !== 'GET';

/** Every fault that a route may answer. */
function faultsOf(route: Route): FaultCode[] {
  const codes = [...everyRoute, ...route.faults];
  if (mayHaveBody(route)) codes.push(...routesWithBody);
  if (isForKeys(route)) codes.push(...routesForKeys);
  if (route.takesIdempotencyKey) codes.push(...routesWithKey);
  if (route.shape.params !== undefined) codes.push('not_found');
  return [...new Set(codes)];
}

const header = (description: string, schema: Json) => ({ description, schema });
const retryAfter = { 'Retry-After': header('Seconds to wait before trying again.', { type: 'integer' }) };
const replayed = { 'Idempotency-Replayed': header('The answer is that of an earlier request.', { const: 'true' }) };

/** Moves schemas with a title to the components, and leaves a reference in their place. */
class Components {
  readonly schemas: Record<string, unknown> = {};

  refer(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((part) => this.refer(part));
    if (typeof schema !== 'object' || schema === null) return schema;
    const { title, ...rest } = schema as Json;
    if (typeof title !== 'string') return this.#inside(schema as Json);
    this.schemas[title] ??= this.#inside(rest);
    return { $ref: `#/components/schemas/${title}` };
  }

  #inside(schema: Json): Json {
    return Object.fromEntries(
      Object.entries(schema).map(([key, part]) => [
        key,
        key === 'properties' ? this.#each(part as Json) : this.refer(part),
      ]),
    );
  }

  /** The fields of an object may have any name, `title` too. */
  #each(properties: Json): Json {
    return Object.fromEntries(Object.entries(properties).map(([key, part]) => [key, this.refer(part)]));
  }
}

function answersOf(route: Route, components: Components): Json {
  const answers: Json = {};
  for (const [status, schema] of Object.entries(route.shape.answers)) {
    const content = { [route.mediaType ?? 'application/json']: { schema: components.refer(schema) } };
    answers[status] = {
      description: (schema as { description?: string }).description ?? 'Done.',
      ...(route.takesIdempotencyKey && { headers: replayed }),
      ...(status !== '204' && { content }),
    };
  }
  const byStatus = Map.groupBy(faultsOf(route), (code) => faults[code].http);
  for (const [status, codes] of [...byStatus].toSorted(([a], [b]) => a - b)) {
    answers[status] = {
      description: codes.map((code) => `\`${code}\`: ${faults[code].title}`).join('\n\n'),
      ...((status === 429 || status === 503) && { headers: retryAfter }),
      content: { 'application/problem+json': { schema: problemWith(codes) } },
    };
  }
  return answers;
}

function parametersOf(route: Route): Json[] {
  const { properties = {} } = (route.shape.params ?? {}) as { properties?: Record<string, TSchema> };
  const parameters: Json[] = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'path',
    required: true,
    schema,
  }));
  if (route.takesIdempotencyKey) {
    const description = 'The same key and body within 24 hours get the same answer, and nothing is sent twice.';
    const schema = { type: 'string', minLength: 1, maxLength: 255 };
    parameters.push({ name: 'Idempotency-Key', in: 'header', required: false, description, schema });
  }
  if (route.who !== 'public') {
    const description = `Why it is done, percent-encoded: it stands in the audit log. One line, ${WHY_CHARACTERS_MAX} characters, no personal data.`;
    parameters.push({ name: WHY_HEADER, in: 'header', required: false, description, schema: { type: 'string' } });
  }
  return parameters;
}

function operationOf(route: Route, components: Components): Json {
  const { body } = route.shape;
  const content = { 'application/json': { schema: components.refer(body) } };
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[^a-z]+(.)?/gi, (_, letter?: string) => (letter ?? '').toUpperCase())}`,
    summary: route.summary,
    ...(isForKeys(route) && mayHaveBody(route) && !route.takesIdempotencyKey && { description: REPEATABLE }),
    parameters: parametersOf(route),
    ...(body !== undefined && { requestBody: { required: true, content } }),
    responses: answersOf(route, components),
    security: isForKeys(route) ? [{ apiKey: [] }] : [],
  };
}

/** The OpenAPI 3.1 document of the routes given. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const components = new Components();
  components.refer(problem);
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sallyport', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' } },
    },
  };
}
