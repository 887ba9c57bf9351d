import { totalmem } from 'node:os';
import { join } from 'node:path';
import { accessFiles } from './cluster.ts';

const MIB = 1024 * 1024;
const SHARED_BUFFERS_MIB = { least: 32, most: 512 };
const MEMORY_SHARE = 16;

/** A sixteenth of the memory that this machine, or its container, has. */
function sharedBuffersMib(): number {
  const limit = process.constrainedMemory();
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const share = Math.floor(bytes / MEMORY_SHARE / MIB);
  return Math.min(SHARED_BUFFERS_MIB.most, Math.max(SHARED_BUFFERS_MIB.least, share));
}

/**
 * The settings of the embedded server, given on its command line, so that those of this version hold whatever an older
 * one wrote into the cluster.
 */
export function serverSettings(folders: { socketFolder: string; accessFolder: string }): string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: folders.socketFolder,
    unix_socket_permissions: '0700',
    hba_file: join(folders.accessFolder, accessFiles.hba),
    ident_file: join(folders.accessFolder, accessFiles.ident),
    max_connections: '40',
    allow_alter_system: 'off',
    timezone: 'UTC',

    // What was answered "accepted" survives a loss of power.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // `minimal` would save nothing on this work (rows are added to tables that exist) and would rule out archiving the
    // WAL and physical backups.
    wal_level: 'replica',
    wal_buffers: '32MB',
    min_wal_size: '1GB',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    shared_buffers: `${sharedBuffersMib()}MB`,
    jit: 'off',

    // No text of a statement, no parameter, no row may reach the log. The message of an ERROR can quote a value ("invalid
    // input syntax for type uuid: …"), so errors go to the client alone; `log` still lets LOG, FATAL and PANIC through.
    log_destination: 'stderr',
    logging_collector: 'off',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
    log_checkpoints: 'off',
    log_autovacuum_min_duration: '-1',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
