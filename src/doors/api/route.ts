import type { Static, TSchema } from 'typebox';
import type { Verb } from '../../access/index.ts';
import type { FaultCode } from '../../base/fault.ts';
import type { Call } from './call.ts';

/** Who may call: everyone; a key that may do the verb; the operator, who is whoever reaches the control socket. */
export type Who = 'public' | 'operator' | Verb;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What goes in and out of a route. Answers are by status; a status without a body has the schema `nothing`. */
export interface Shape {
  readonly params?: TSchema;
  readonly body?: TSchema;
  readonly answers: Readonly<Record<number, TSchema>>;
}

export type In<S> = S extends TSchema ? Static<S> : undefined;

/** One row of the route table: Fastify's routes, the OpenAPI document and the enumeration tests are made from it. */
export interface RouteSpec<S extends Shape> {
  readonly method: Method;
  /** As OpenAPI writes it: `/v1/messages/{id}`. */
  readonly path: string;
  readonly who: Who;
  readonly summary: string;
  readonly shape: S;
  /** Faults that are of this route; those of its kind (no credential, bad JSON, …) come by themselves. */
  readonly faults: readonly FaultCode[];
  /** Whether it heeds an Idempotency-Key; else a write may be repeated as it is, for it does the same again. */
  readonly takesIdempotencyKey?: boolean;
  readonly bodyBytesMax?: number;
  /** The media type of the answer, where it is not JSON. */
  readonly mediaType?: string;
  /** Answers the call, now or later. A method, so that routes of all shapes fit one table. */
  handle(call: Call<S>): void;
}

export type Route = RouteSpec<Shape>;

/** A row whose handler knows the types of its own shape. */
export const route = <const S extends Shape>(spec: RouteSpec<S>): Route => spec;
