import { type Fault, fault } from '../base/fault.ts';
import type { BindMode, SmppRules } from './smpp-capability.ts';

/** The certificate an application showed in its TLS handshake. */
export interface ClientCertificate {
  /** SHA-256 of its public key, in base64. */
  readonly pin: string;
  /** Why it does not count whatever its key, in words for the application: its time, its authority. Null where it does. */
  readonly trouble: string | null;
}

/** A bind whose password was right. */
export interface BindAttempt {
  readonly mode: BindMode;
  readonly isTls: boolean;
  readonly certificate: ClientCertificate | null;
  /** Sessions of the credential that are bound on this node already. */
  readonly boundCount: number;
}

/** Why a credential may not bind like this; null where it may. Asked only behind the password: it tells of the credential. */
export function bindRefusal(rules: SmppRules, attempt: BindAttempt): Fault | null {
  if (rules.tls === 'required' && !attempt.isTls) return fault('tls_required_by_credential');
  if (rules.certificate !== null) {
    const refusal = certificateRefusal(rules.certificate, attempt.certificate);
    if (refusal) return refusal;
  }
  if (!rules.modes.includes(attempt.mode)) return fault('bind_mode_not_allowed');
  return attempt.boundCount < rules.maxBinds ? null : fault('bind_limit');
}

/** The key decides, and a certificate of the right key must be good besides. */
function certificateRefusal(pin: string, shown: ClientCertificate | null): Fault | null {
  if (shown === null) return fault('client_certificate_required');
  if (shown.pin !== pin) return fault('client_certificate_mismatch');
  return shown.trouble === null ? null : fault('client_certificate_mismatch', { detail: shown.trouble });
}
