import { connectionOptions, tlsIn } from '../carrier-settings.ts';
import { command, exitCodes } from '../command.ts';
import { choice, required, text } from '../options.ts';
import { json } from '../print.ts';
import { readPassword } from '../read-input.ts';
import { stepsShown } from '../steps.ts';
import { trouble } from '../trouble.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

const kinds = { trx: 'transceiver', tx: 'transmitter', rx: 'receiver' } as const;

export const bindTest = command({
  name: 'bind test',
  summary: 'Go to an SMPP server step by step, and say in plain words what is wrong.',
  about: [
    'For a carrier that is not added yet, and for applications on their way to this gateway. No gateway need run here. Goes\nfrom name and connection over TLS and bind to enquire_link, and unbinds. Ends with 1 where a step fails. No message is\nsent.',
  ],
  options: {
    ...connectionOptions,
    host: required(connectionOptions.host),
    port: required(connectionOptions.port),
    'system-id': required(connectionOptions['system-id']),
    'password-file': text('FILE', 'A file with the password; else it is asked for, or read from a pipe.'),
    bind: choice('As transceiver, transmitter or receiver. Default: trx.', 'trx', 'tx', 'rx'),
  },
  example: 'bind test --host smsc.example --port 3550 --system-id acme --password-file north.txt',
  async run({ values, stdin, stdout, stderr, clock }) {
    const tls = tlsIn(values);
    if (tls === false && !LOOPBACK.test(values.host))
      throw trouble('usage', 'Without TLS only this machine is gone to: the password would show on the way.');
    // Loaded here, for no other command needs it.
    const { probe, versionOctets } = await import('../../../carriers/index.ts');
    const { Secret } = await import('../../../base/secret.ts');
    const login = {
      kind: kinds[values.bind ?? 'trx'],
      systemId: values['system-id'],
      systemType: values['system-type'] ?? '',
      addressRange: '',
      interfaceVersion: versionOctets[values.version ?? '3.4'],
      password: new Secret(await readPassword(values['password-file'], stdin, stderr)),
    };
    const steps = await probe({ host: values.host, port: values.port, tls, login, clock });
    if (values.json) json(stdout, { steps });
    else stepsShown(stdout, steps);
    return steps.every(({ isOk }) => isOk) ? exitCodes.done : exitCodes.failed;
  },
});
