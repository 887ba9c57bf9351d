/** What to do about what went wrong, by the words that say it; null where they say that themselves. */
const advice: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/ESME_RINVPASWD|ESME_RINVSYSID|ESME_RBINDFAIL/, 'The carrier does not take the system_id or the password.'],
  [
    /ESME_RALYBND/,
    'The carrier says this system_id is bound already: elsewhere, or by a connection it still holds open. It may allow fewer binds.',
  ],
  [/ESME_RINVSYSTYP/, 'Ask the carrier for the system_type it expects.'],
  [/generic_nack|ESME_RINVCMDID/, 'The SMSC does not know this kind of bind: try --mode tx+rx.'],
  [
    /nothing listens|cannot be reached|does not answer|no answer yet/,
    'Check host and port, firewall, and whether the carrier lets this address in.',
  ],
  [/name of its machine/, 'Check the name of the host.'],
  [
    /does not speak TLS/,
    'Check the port. A carrier without TLS is reached through a tunnel that ends on this machine: add 127.0.0.1 with --no-tls.',
  ],
  [/speaks TLS at this port/, 'Leave --no-tls out.'],
  [/for another name/, 'Name the one it should have with --servername, if the carrier says that it is right.'],
  [
    /not trusted here|authority that is not known/,
    'Name the authority with --ca-file, as the carrier gave it to you by another way than this connection.',
  ],
  [
    /has expired|not valid yet|too weak|SHA-1|not for servers|may not issue|authority may issue|revoked/,
    'The carrier has to replace it.',
  ],
  [/revocation list/, 'The file of --crl-file needs a current list of every authority in the chain.'],
  [
    /another key than the one/,
    'If the carrier says that its key is new, pin that one. If it does not, somebody is in between.',
  ],
  [/versions of TLS that are used here/, 'If it has TLS 1.2, take that with --tls-1.2.'],
  [/no longer safe/, 'The carrier has to offer TLS 1.2 or 1.3.'],
  [/asks for a client certificate/, 'Name yours with --client-cert and --client-key.'],
  [/client certificate/, 'Check with the carrier which client certificate it expects.'],
  [
    /broke the connection off|ended the connection/,
    'Often the port expects TLS where there is none, or the carrier does not know this address.',
  ],
];

export const adviceFor = (words: string): string | null => advice.find(([pattern]) => pattern.test(words))?.[1] ?? null;
