import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Secret } from '../../src/base/secret.ts';
import { externalServer } from '../../src/store/external.ts';
import { type Database, openDatabase } from '../../src/store/index.ts';
import { databaseOptions, temporaryFolder } from '../support/database.ts';
import { type ForeignServer, startForeignServer } from '../support/postgres-server.ts';
import { testCertificate } from '../support/test-certificate.ts';

/** `app` must use TLS; `plain` need not. */
const RULES = ['hostssl all app all scram-sha-256', 'host all plain all scram-sha-256'];
const SETUP = [
  `CREATE ROLE app LOGIN PASSWORD 'p@ss/word'`,
  `CREATE ROLE plain LOGIN CREATEROLE PASSWORD 'p@ss/word'`,
  'CREATE DATABASE of_app OWNER app',
  'CREATE DATABASE of_plain OWNER plain',
];
const USED_TLS = `SELECT DISTINCT version FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE usename = 'app'`;
const PASSWORD = encodeURIComponent('p@ss/word');

describe('a database of DATABASE_URL', () => {
  const certificate = testCertificate('localhost', '127.0.0.1');
  let server: ForeignServer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let caFile: string;
  let folders = 0;

  before(async () => {
    server = await startForeignServer(certificate, RULES);
    for (const sql of SETUP) await server.query(sql);
    folder = await temporaryFolder();
    caFile = join(folder.path, 'ca.pem');
    await writeFile(caFile, certificate.cert);
  });
  after(async () => {
    await folder[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const open = (url: string, more: { caFile?: string } = {}): Promise<Database> =>
    openDatabase(databaseOptions(join(folder.path, `data-${folders++}`), { databaseUrl: new Secret(url), ...more }));
  const urlOf = (login: string, host: string, rest: string) =>
    `postgresql://${login}:${PASSWORD}@${host}:${server.port}/${rest}`;

  it('is used in plain on loopback, and two gateways can start at once', async () => {
    const url = urlOf('plain', 'localhost', 'of_plain');
    const both = await Promise.all([open(url), open(url)]);
    for (const database of both) {
      assert.deepEqual([database.kind, database.pid], ['external', null]);
      const role = await database.engine.query('SELECT current_user AS is');
      assert.deepEqual(role.rows, [{ is: 'sallyport_engine' }]);
      const tenant = await database.asTenant(1, (client) => client.query('SELECT current_user AS is FROM message'));
      assert.deepEqual(tenant.rows, []);
      await database.close();
    }
  });

  it('is told what to do about roles that the login may not make', async () => {
    const url = urlOf('app', '127.0.0.1', 'of_app?sslmode=verify-full');
    // The roles are there since the test above; `app` is a member of none.
    await assert.rejects(open(url, { caFile }), {
      name: 'FaultError',
      message: /Let an administrator run: CREATE ROLE/,
    });
    await server.query('GRANT sallyport_engine, sallyport_tenant TO app');
    await (await open(url, { caFile })).close();
  });

  it('is spoken to through verified TLS', async () => {
    const url = (host: string, mode: string) => urlOf('app', host, `of_app?sslmode=${mode}`);
    for (const host of ['localhost', '127.0.0.1']) {
      const database = await open(url(host, 'verify-full'), { caFile });
      assert.deepEqual(await server.query(USED_TLS), [{ version: 'TLSv1.3' }]);
      await database.close();
    }
    await assert.rejects(open(url('localhost', 'require')), /signed by no authority that is trusted here/);
    await assert.rejects(open(url('[::1]', 'verify-full'), { caFile }), /its certificate is for another name/);
    await assert.rejects(open(urlOf('app', 'localhost', 'of_app')), /it does not let this user in from here/);
  });

  it('is used through a Unix socket', async () => {
    const host = encodeURIComponent(server.host);
    await (await open(`postgresql://plain@${host}:${server.port}/of_plain`)).close();
    await (await open(`postgresql:///of_plain?host=${host}&port=${server.port}&user=plain`)).close();
  });

  it('says why it cannot be used, without the password', async () => {
    for (const [url, code, words] of [
      [
        urlOf('plain', 'localhost', 'of_plain').replace(PASSWORD, 'wrong'),
        'database_unreachable',
        /refuses the user or the password/,
      ],
      [urlOf('plain', 'localhost', 'none'), 'database_unreachable', /has no database of that name/],
      ['postgresql://plain:hidden@127.0.0.1:1/x', 'database_unreachable', /nothing listens at that address/],
      [
        'postgresql://plain:hidden@db.example/x?sslmode=disable',
        'database_tls_required',
        /db\.example is another machine/,
      ],
      ['mysql://plain:hidden@localhost/x', 'database_url_invalid', /begins with postgresql:/],
      ['postgresql://plain:hidden@localhost', 'database_url_invalid', /names a user, a host and a database/],
      ['postgresql://plain:hidden@localhost/x?sslrootcert=a', 'database_url_invalid', /parameter "sslrootcert"/],
    ] as const) {
      await assert.rejects(open(url), (error: { fault?: { code: string }; message: string }) => {
        assert.equal(error.fault?.code, code);
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /hidden|wrong/);
        return true;
      });
    }
  });

  it('on another machine is never spoken to without TLS', async () => {
    for (const host of ['db.example', '192.0.2.1', '127.example', '2001:db8::1']) {
      const tls = { host, rejectUnauthorized: true, minVersion: 'TLSv1.3' };
      const written = host.includes('::') ? `[${host}]` : host;
      for (const mode of ['', '?sslmode=prefer', '?sslmode=verify-full']) {
        const { owner, gateway } = await externalServer(new Secret(`postgres://u@${written}/x${mode}`), null);
        assert.deepEqual([owner.ssl, gateway.ssl], [tls, tls]);
      }
    }
  });
});
