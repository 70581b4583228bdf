/**
 * @typedef {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number }} Report of jest
 */

/**
 * One verdict from everything that may go wrong. A suite that does not even load has no tests that could fail, and jest without
 * any test would be green: both count as failed.
 * @param {{ typesHold: boolean, runs: { holds: boolean, report?: Report }[] }} all
 *   runs: of jest; `holds` is its exit code
 */
export function tally({ typesHold, runs }) {
  /** @type {string[]} */
  const remarks = [];
  let passed = 0;
  let failed = 0;
  for (const { holds, report } of runs) {
    const failures = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
    passed += report?.numPassedTests ?? 0;
    failed += failures;
    if (report === undefined) remarks.push('jest ended without a report: it crashed or was interrupted.');
    else if (report.numPassedTests + failures === 0) remarks.push('There was no test to run.');
    else if (!holds && failures === 0) remarks.push('All tests passed, but jest ended with an error: see above.');
  }
  if (typesHold) passed++;
  else remarks.push('The types do not hold: see the errors of tsc above.');
  return { passed, failed: failed + remarks.length, remarks };
}
