import type { Handler } from './handler.ts';

export const enquireLink: Handler = (session, _bytes, _at, _length, sequence) => {
  session.connection.out.write('enquire_link_resp', 0, sequence);
  session.idle();
};

export const unbind: Handler = (session, _bytes, _at, _length, sequence) => session.leave(sequence);
