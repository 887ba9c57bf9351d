import type { FaultRow } from './fault-row.ts';

/** The rows of `faults` about backups and restores. Commands tell them; no caller of the API meets one. */
export const backupFaults = {
  backup_not_set_up: {
    http: 422,
    smpp: 0x08,
    retry: false,
    title: 'No backup can be made before there is somebody to seal it for: set backup.recipientFile.',
  },
  backup_key_unusable: { http: 500, smpp: 0x08, retry: false, title: 'A key file for backups cannot be used.' },
  backup_folder_unusable: { http: 500, smpp: 0x08, retry: false, title: 'The folder of the backups cannot be used.' },
  backup_table_unlisted: {
    http: 500,
    smpp: 0x08,
    retry: false,
    title: 'The database has a table of which nobody has said how it is backed up.',
  },
  backup_unknown: { http: 422, smpp: 0x08, retry: false, title: 'The file is no archive of this gateway.' },
  backup_newer: { http: 422, smpp: 0x08, retry: false, title: 'The archive was made by a newer gateway.' },
  backup_altered: {
    http: 422,
    smpp: 0x08,
    retry: false,
    title: 'The archive was altered, or was not sealed by this installation.',
  },
  backup_truncated: { http: 422, smpp: 0x08, retry: false, title: 'The archive ends before its end.' },
  backup_swapped: {
    http: 422,
    smpp: 0x08,
    retry: false,
    title: 'The archive holds the other half: data where keys were asked for, or keys where data were.',
  },
  backup_other_installation: { http: 422, smpp: 0x08, retry: false, title: 'The archive is of another installation.' },
  backup_key_mismatch: { http: 422, smpp: 0x08, retry: false, title: 'The archive was sealed for another key.' },
  backup_expired: { http: 422, smpp: 0x08, retry: false, title: 'The archive has expired.' },
  backup_pair_mismatch: {
    http: 422,
    smpp: 0x08,
    retry: false,
    title: 'The keys are older than the data, so some of the data could not be read.',
  },
  backup_schema_newer: {
    http: 422,
    smpp: 0x08,
    retry: false,
    title: 'The archive has been through migrations that this gateway does not have.',
  },
  restore_target_in_use: {
    http: 409,
    smpp: 0x08,
    retry: false,
    title: 'There is a database where the backup would be restored. Nothing was changed.',
  },
  restore_check_failed: {
    http: 422,
    smpp: 0x08,
    retry: false,
    title: 'What was restored did not pass its checks, and was taken away again.',
  },
} as const satisfies Record<string, FaultRow>;
