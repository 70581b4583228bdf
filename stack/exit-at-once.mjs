/**
 * Imported first: the process ends as soon as nothing is left to do. Node 20 would tear down its environment before, and now and
 * then never comes back from that (nodejs/node#47748: all of a core in `CleanupHandles`; here once, after a green `npm test`).
 * Listeners of 'exit' run and the exit code stays, and whatever is still open keeps the process up as ever.
 */
process.once('beforeExit', () => process.exit());
