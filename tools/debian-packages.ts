/**
 * The referees of the tests are programs nobody here wrote: this sees to it that they are installed. As root on Debian or
 * Ubuntu it installs what is missing; otherwise it fails and says what to run.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian package → the program, the Perl module or the file that shows it is there. */
const PACKAGES = {
  kannel: { program: 'bearerbox' },
  'libnet-smpp-perl': { perlModule: 'Net/SMPP.pm' },
  tshark: { program: 'tshark' },
  stunnel4: { program: 'stunnel4' },
  curl: { program: 'curl' },
  openssl: { program: 'openssl' },
  softhsm2: { program: 'softhsm2-util' },
  opensc: { program: 'pkcs11-tool' },
  'golang-go': { program: 'go' },
  rsyslog: { program: 'rsyslogd' },
  'rsyslog-gnutls': { file: '/usr/share/doc/rsyslog-gnutls' },
  'golang-golang-x-mod-dev': { file: '/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go' },
} as const satisfies Record<
  string,
  { readonly program: string } | { readonly perlModule: string } | { readonly file: string }
>;

type Package = (typeof PACKAGES)[keyof typeof PACKAGES];

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Debian keeps daemons in sbin, which the path of an ordinary user leaves out. */
const programFolders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];

const hasProgram = (name: string): boolean =>
  programFolders.some((folder) => mayAccess(join(folder, name), constants.X_OK));

const hasPerlModule = (file: string): boolean => spawnSync('perl', ['-e', 'require shift', file]).status === 0;

function isThere(sign: Package): boolean {
  if ('program' in sign) return hasProgram(sign.program);
  return 'file' in sign ? mayAccess(sign.file, constants.R_OK) : hasPerlModule(sign.perlModule);
}

const missingPackages = (): string[] =>
  Object.entries(PACKAGES).flatMap(([name, sign]) => (isThere(sign) ? [] : [name]));

function apt(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-q', ...args], { env, stdio: 'inherit' }).status === 0;
}

function install(missing: readonly string[]): boolean {
  console.log(`Installing the referees of the tests: ${missing.join(', ')}`);
  return apt('update') && apt('install', '--yes', '--no-install-recommends', ...missing);
}

function instructions(missing: readonly string[]): string {
  const command = `apt-get update && apt-get install --yes --no-install-recommends ${missing.join(' ')}`;
  const how = hasProgram('apt-get')
    ? `Run this as root, then start the tests again:\n\n  ${command}\n`
    : 'They are packages of Debian and Ubuntu; elsewhere, install the programs of these names.';
  return `The tests need programs that are not installed: ${missing.join(', ')}.\n${how}`;
}

const missing = missingPackages();
if (missing.length > 0) {
  const mayInstall = process.getuid?.() === 0 && hasProgram('apt-get');
  const left = mayInstall && install(missing) ? missingPackages() : missing;
  if (left.length > 0) {
    console.error(instructions(left));
    process.exitCode = 1;
  }
}
