import process from 'node:process';
import { makeBridge } from './make.js';
import { ConfigError, readConfig } from './config.js';
import { kindOf, makeLog } from './log.js';

/**
 * The bridge as a process: environment in, one line when it serves, and an orderly end on SIGTERM.
 */

const STOP_MS = 10_000;
const log = makeLog((line) => process.stdout.write(`${line}\n`));

// One business's trouble must not end the others' connections: it is told, and the process goes on.
process.on('unhandledRejection', (error) => log.error('A promise was left alone.', { error: kindOf(error) }));
process.on('uncaughtException', (error) => log.error('An error was caught by nobody.', { error: kindOf(error) }));

async function main() {
  const { started, server, address, close } = await makeBridge(readConfig(process.env), { log });
  process.stdout.write(`The bridge serves on ${address}\n`);
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_MS).unref();
    server.close();
    await close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  await started;
}

main().catch((error) => {
  // What the configuration and the driver say names no customer; without it nobody could mend it.
  const why = error instanceof ConfigError ? error.message : `${kindOf(error)} ${error?.message ?? ''}`;
  process.stderr.write(`The bridge cannot start: ${why}\n`);
  process.exit(1);
});
