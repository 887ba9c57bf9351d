import { Type } from 'typebox';
import { closed, orNull, timeOut } from './shape.ts';

const trouble = {
  trouble: orNull(Type.String({ description: 'What is wrong, in words; null where nothing is.' })),
  troubleSince: orNull(timeOut),
};

const sink = closed(
  {
    sink: Type.String({ description: 'As it stands in the settings.' }),
    nextIndex: Type.Integer({ description: 'The index of the first entry that it does not have.' }),
    behindEntries: Type.Integer(),
    behindSeconds: Type.Integer({ description: 'The age of the oldest entry that it does not have.' }),
    deliveredAt: orNull(timeOut),
    ...trouble,
  },
  { title: 'AuditSink' },
);

const witness = closed(
  {
    witness: Type.String({ description: 'The name of its key.' }),
    size: Type.Integer({ description: 'How many entries the log had that it cosigned last.' }),
    cosignedAt: orNull(timeOut),
    ...trouble,
  },
  { title: 'AuditWitness' },
);

const witnessed = closed(
  { size: Type.Integer(), at: timeOut },
  { description: 'The latest checkpoint that enough witnesses have cosigned.' },
);

export const auditOutlets = closed(
  { sinks: Type.Array(sink), witnesses: Type.Array(witness), witnessed: orNull(witnessed) },
  { title: 'AuditOutlets' },
);
