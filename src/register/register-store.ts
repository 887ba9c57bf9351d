import type pg from 'pg';
import type { StoredPage } from './page.ts';

/** What is read from here on is as it was at one moment. */
export const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

const PAGE = 'SELECT revision, members, mark FROM register WHERE name = $1';
const NOTHING_YET = Buffer.alloc(0);

/** The register in PostgreSQL, in the transaction of `client`. */
export const registerStore = {
  /** Null where there is none. */
  async page(client: pg.ClientBase, name: string): Promise<StoredPage | null> {
    return (await client.query<StoredPage>(PAGE, [name])).rows[0] ?? null;
  },

  /** The same; whoever else would change the page waits until the transaction ends. */
  async lock(client: pg.ClientBase, name: string): Promise<StoredPage | null> {
    return (await client.query<StoredPage>(`${PAGE} FOR UPDATE`, [name])).rows[0] ?? null;
  },

  /** Makes a place for a page that is written next; false where there is one, once others have made theirs. */
  async claim(client: pg.ClientBase, name: string): Promise<boolean> {
    const text = 'INSERT INTO register (name, revision, members, mark) VALUES ($1, 0, $2, $2) ON CONFLICT DO NOTHING';
    return (await client.query(text, [name, NOTHING_YET])).rowCount === 1;
  },

  async write(client: pg.ClientBase, name: string, { revision, members, mark }: StoredPage): Promise<void> {
    const text = 'UPDATE register SET revision = $2, members = $3, mark = $4 WHERE name = $1';
    await client.query(text, [name, revision, members, mark]);
  },

  /** Tells the other gateways to read a table again. */
  async tell(client: pg.ClientBase, name: string): Promise<void> {
    await client.query(`SELECT pg_notify('sallyport_changes', $1)`, [name]);
  },
};
