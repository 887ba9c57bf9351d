/** Holds the source to the import rules of ARCHITECTURE.md: prints every breach and fails where there is one. */
import { globSync, readFileSync } from 'node:fs';
import { breachesOf, breachText } from './import-rules.ts';

const files = globSync('src/**/*.ts');
const breaches = files.toSorted().flatMap((file) => breachesOf(file, readFileSync(file, 'utf8')));

for (const breach of breaches) console.error(breachText(breach));
if (breaches.length > 0) console.error(`\n${breaches.length} breaches of the import rules in ${files.length} files.`);
process.exitCode = breaches.length > 0 ? 1 : 0;
