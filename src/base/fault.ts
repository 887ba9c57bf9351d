import { backupFaults } from './backup-faults.ts';
import type { FaultRow } from './fault-row.ts';
import { keyFaults } from './key-faults.ts';

/**
 * The one table of faults: a stable code, how HTTP and SMPP say it, whether the same request may succeed later, and the
 * words the caller reads. Doors translate; nobody else knows a status number. SMPP values: SMPP 3.4 §5.1.3.
 */
export const faults = {
  malformed_body: { http: 400, smpp: 0x08, retry: false, title: 'The body is not valid JSON.' },
  malformed_request: { http: 400, smpp: 0x08, retry: false, title: 'The request is not valid HTTP.' },
  tls_required: { http: 400, smpp: 0x08, retry: false, title: 'This port speaks TLS: use https.' },
  request_timeout: { http: 408, smpp: 0x08, retry: true, title: 'The request took too long to arrive.' },
  headers_too_large: { http: 431, smpp: 0x08, retry: false, title: 'The headers of the request are too large.' },
  invalid_request: { http: 422, smpp: 0x08, retry: false, title: 'The request does not match its schema.' },
  body_too_large: { http: 413, smpp: 0x01, retry: false, title: 'The body is larger than this endpoint takes.' },
  unsupported_media_type: { http: 415, smpp: 0x08, retry: false, title: 'Send the body as application/json.' },
  not_found: { http: 404, smpp: 0x0c, retry: false, title: 'There is nothing here under that name.' },
  method_not_allowed: { http: 405, smpp: 0x03, retry: false, title: 'This address does not take that method.' },
  credential_missing: { http: 401, smpp: 0x04, retry: false, title: 'Say who you are: send a credential.' },
  credential_invalid: {
    http: 401,
    smpp: 0x0e,
    retry: false,
    title: 'This credential is not known, or is no longer valid.',
  },
  network_not_allowed: {
    http: 403,
    smpp: 0x0d,
    retry: false,
    title: 'This credential may not be used from this network.',
  },
  bind_limit: { http: 429, smpp: 0x05, retry: true, title: 'This credential has all the binds it may have.' },
  bind_mode_not_allowed: { http: 403, smpp: 0x0d, retry: false, title: 'This credential may not bind in that mode.' },
  tls_required_by_credential: {
    http: 403,
    smpp: 0x0d,
    retry: false,
    title: 'This credential may be used over TLS only.',
  },
  client_certificate_required: {
    http: 403,
    smpp: 0x0d,
    retry: false,
    title: 'This credential needs a client certificate in the TLS handshake.',
  },
  client_certificate_mismatch: {
    http: 403,
    smpp: 0x0d,
    retry: false,
    title: 'The client certificate is not the one this credential was given.',
  },
  too_many_failed_binds: {
    http: 429,
    smpp: 0x0d,
    retry: true,
    title: 'Too many binds failed from this network. Nothing is checked from it for a while.',
  },
  verb_not_allowed: { http: 403, smpp: 0x101, retry: false, title: 'This credential may not do that.' },
  sender_not_allowed: { http: 403, smpp: 0x0a, retry: false, title: 'This credential may not send from that sender.' },
  class_not_allowed: {
    http: 403,
    smpp: 0x45,
    retry: false,
    title: 'This credential may not send messages of that class.',
  },
  invalid_number: { http: 422, smpp: 0x0b, retry: false, title: 'The recipient is not a possible telephone number.' },
  invalid_sender: {
    http: 422,
    smpp: 0x0a,
    retry: false,
    title: 'The sender is neither a code, a number nor a name of up to 11 characters.',
  },
  text_empty: { http: 422, smpp: 0x01, retry: false, title: 'The text is empty.' },
  text_too_long: { http: 422, smpp: 0x01, retry: false, title: 'The text needs more segments than are allowed.' },
  text_not_encodable: {
    http: 422,
    smpp: 0x45,
    retry: false,
    title: 'The text does not fit the data coding it was sent with.',
  },
  unsupported_feature: {
    http: 422,
    smpp: 0x45,
    retry: false,
    title: 'The message asks for something this gateway does not do.',
  },
  header_invalid: {
    http: 422,
    smpp: 0x45,
    retry: false,
    title: 'The user data header of the message is wrong.',
  },
  kind_not_allowed: {
    http: 403,
    smpp: 0x101,
    retry: false,
    title: 'This credential may not send messages of that kind.',
  },
  parameter_not_allowed: {
    http: 422,
    smpp: 0xc1,
    retry: false,
    title: 'An optional parameter has no place in this message.',
  },
  parameter_invalid: {
    http: 422,
    smpp: 0xc4,
    retry: false,
    title: 'An optional parameter has a value or length that is none.',
  },
  parameter_missing: {
    http: 422,
    smpp: 0xc3,
    retry: false,
    title: 'An optional parameter is missing that belongs to the others.',
  },
  parameters_too_long: {
    http: 422,
    smpp: 0xc2,
    retry: false,
    title: 'The optional parameters take more octets than are kept with a message.',
  },
  invalid_schedule: {
    http: 422,
    smpp: 0x61,
    retry: false,
    title: 'The time of delivery is not a time this gateway can keep.',
  },
  invalid_validity: {
    http: 422,
    smpp: 0x62,
    retry: false,
    title: 'The validity period is not one this gateway can keep.',
  },
  no_route: { http: 422, smpp: 0x45, retry: false, title: 'No carrier of this credential serves the message.' },
  message_not_found: { http: 404, smpp: 0x0c, retry: false, title: 'There is no message with that id.' },
  message_not_cancellable: { http: 409, smpp: 0x11, retry: false, title: 'The message can no longer be cancelled.' },
  message_not_replaceable: {
    http: 409,
    smpp: 0x13,
    retry: false,
    title: 'The message does not wait for its time, so nothing can take its place.',
  },
  idempotency_mismatch: {
    http: 422,
    smpp: 0x45,
    retry: false,
    title: 'This Idempotency-Key was used with another body.',
  },
  idempotency_in_progress: {
    http: 409,
    smpp: 0x58,
    retry: true,
    title: 'A request with this Idempotency-Key is still at work.',
  },
  webhook_address_refused: { http: 422, smpp: 0x45, retry: false, title: 'Webhooks are not sent to that address.' },
  name_taken: { http: 409, smpp: 0x45, retry: false, title: 'That name is in use.' },
  carrier_in_use: { http: 409, smpp: 0x45, retry: false, title: 'The carrier cannot be changed so now.' },
  changed_outside: {
    http: 409,
    smpp: 0x45,
    retry: false,
    title: 'What is kept of it was changed in the database outside of the gateway, and is not used.',
  },
  register_broken: {
    http: 500,
    smpp: 0x08,
    retry: false,
    title: 'The file that says which settings this gateway has seen cannot be read.',
  },
  invalid_setting: { http: 422, smpp: 0x45, retry: false, title: 'A setting has a value that cannot be used.' },
  port_unavailable: { http: 500, smpp: 0x08, retry: false, title: 'A port of this gateway cannot be opened.' },
  recipient_suppressed: {
    http: 403,
    smpp: 0x0b,
    retry: false,
    title: 'This number is not sent to any more: the person was erased.',
  },
  on_hold: {
    http: 409,
    smpp: 0x45,
    retry: false,
    title: 'A legal hold keeps it. It can be erased when that has ended.',
  },
  second_person_needed: { http: 403, smpp: 0x45, retry: false, title: 'Somebody else than who asked has to approve.' },
  hold_not_changeable: { http: 409, smpp: 0x45, retry: false, title: 'The hold is not in a state for that.' },
  not_proven_yet: {
    http: 503,
    smpp: 0x45,
    retry: true,
    title: 'No signed checkpoint of the audit log covers it yet. Ask again in a second.',
  },
  throttled: { http: 429, smpp: 0x58, retry: true, title: 'Too fast: slow down and send it again.' },
  store_unavailable: {
    http: 503,
    smpp: 0x08,
    retry: true,
    title:
      'The database does not answer. Whether this was stored is not known: ask, or send again with the same Idempotency-Key.',
  },
  store_full: { http: 503, smpp: 0x14, retry: true, title: 'The disk of the database is full. Nothing was stored.' },
  data_folder_in_use: { http: 503, smpp: 0x08, retry: false, title: 'Another gateway is using this data folder.' },
  data_folder_unreadable: { http: 503, smpp: 0x08, retry: false, title: 'The data folder cannot be read or written.' },
  data_folder_unsafe: {
    http: 503,
    smpp: 0x08,
    retry: false,
    title: "Others may enter the data folder: make it its owner's only (chmod 700).",
  },
  data_folder_full: { http: 503, smpp: 0x08, retry: true, title: 'The disk of the data folder is full.' },
  data_folder_version: {
    http: 503,
    smpp: 0x08,
    retry: false,
    title: 'The data folder was made by another version of PostgreSQL.',
  },
  database_programs_missing: {
    http: 503,
    smpp: 0x08,
    retry: false,
    title: 'The embedded PostgreSQL cannot run on this machine. Set DATABASE_URL to use a server of your own.',
  },
  database_start_failed: { http: 503, smpp: 0x08, retry: false, title: 'The embedded PostgreSQL did not start.' },
  database_url_invalid: {
    http: 503,
    smpp: 0x08,
    retry: false,
    title: 'DATABASE_URL is not the address of a PostgreSQL database.',
  },
  database_unreachable: { http: 503, smpp: 0x08, retry: true, title: 'The database cannot be reached.' },
  database_tls_required: {
    http: 503,
    smpp: 0x08,
    retry: false,
    title: 'A database on another machine is reached over verified TLS only.',
  },
  migration_changed: {
    http: 503,
    smpp: 0x08,
    retry: false,
    title: 'The database was made by other migrations than those of this gateway.',
  },
  migration_failed: {
    http: 503,
    smpp: 0x08,
    retry: false,
    title: 'A migration failed. The database is as it was before it.',
  },
  stopping: { http: 503, smpp: 0x08, retry: true, title: 'The gateway is stopping.' },
  audit_log_short: {
    http: 500,
    smpp: 0x08,
    retry: false,
    title: 'The audit log is shorter than it was: something was taken out of the database.',
  },
  audit_log_changed: {
    http: 500,
    smpp: 0x08,
    retry: false,
    title: 'The audit log in the database is not the one that was signed.',
  },
  audit_anchor_broken: {
    http: 500,
    smpp: 0x08,
    retry: false,
    title: 'The checkpoint kept beside the database is not one that this audit log signed.',
  },
  ...keyFaults,
  seal_broken: {
    http: 500,
    smpp: 0x08,
    retry: false,
    title: 'Sealed data was altered, cut short, or belongs elsewhere.',
  },
  ...backupFaults,
  internal: {
    http: 500,
    smpp: 0x08,
    retry: false,
    title: 'The gateway made a mistake. It is in its log under this request.',
  },
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof faults;

/** Expected trouble, as a value. `detail` and `field` are public words; they never quote a number, a text or a secret. */
export interface Fault {
  readonly code: FaultCode;
  readonly detail?: string;
  /** Which part of the input it is about: a JSON pointer or the name of a PDU field. */
  readonly field?: string;
  readonly retryAfterMs?: number;
}

export const fault = (code: FaultCode, about: Omit<Fault, 'code'> = {}): Fault => ({ code, ...about });

/** The same where a stack must be left: at start-up, in commands, behind promises. */
export class FaultError extends Error {
  override name = 'FaultError';
  readonly fault: Fault;

  constructor(code: FaultCode, about: Omit<Fault, 'code'> = {}, cause?: unknown) {
    super(about.detail ?? faults[code].title, { cause });
    this.fault = fault(code, about);
  }
}
