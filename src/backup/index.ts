export { type Backup, backUp, removeOld } from './back-up.ts';
export { isInstallation, keyFileNames, makeKeyFiles, type Recipient, readRecipient } from './key-files.ts';
export { drill, type KeysFrom, type Restoration, type RestoreOptions, restore } from './restore.ts';
export { drillsFolder, removeScratch } from './scratch.ts';
